import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { AccessLogBucket } from './access-log-bucket.ts';
import { DataBucket } from './data-bucket.ts';
import { EnvironmentStack } from './environment-stack.ts';
import { LakeDatabase } from './lake-database.ts';

/** Folder of the bucket of tables that Iceberg writes to. */
const TABLES = 'tables/';

/** What is needed besides listing: of objects, of the key, and of the bucket as a whole. */
interface Actions {
  readonly objects: string[];
  readonly key: string[];
  readonly bucket: string[];
}

const READ: Actions = { objects: ['s3:GetObject'], key: ['kms:Decrypt'], bucket: [] };
const WRITE: Actions = {
  objects: ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:PutObject'],
  // What was uploaded in parts is decrypted to be put together.
  key: ['kms:Decrypt', 'kms:GenerateDataKey'],
  // Uploads that a broken task left are listed, and ended, by Spark's committer. The action knows no prefix.
  bucket: ['s3:ListBucketMultipartUploads'],
};

/** Where everything is kept: the buckets, their key, and the catalog of the lake's tables. */
export class Lake extends Construct {
  /** Encrypts all data of the environment. */
  readonly key: IKey;
  /** Files land here, under `events/<pipeline>/`: the source of replays. */
  readonly raw: Bucket;
  /** Iceberg tables (`tables/`), checkpoints, models, exports. */
  readonly tables: Bucket;
  /** Logs of clusters, certificates, reports. */
  readonly artifacts: Bucket;
  /** Glue database of the lake's tables, such as `millrace_dev`. */
  readonly databaseName: string;
  /** S3 URIs without a slash at the end. */
  readonly uris: {
    readonly warehouse: string;
    readonly checkpoints: string;
    readonly models: string;
    readonly exports: string;
    readonly results: string;
    readonly emrLogs: string;
    readonly reports: string;
  };
  private readonly database: LakeDatabase;

  constructor(scope: EnvironmentStack, id: string) {
    super(scope, id);
    const { rawDays, logDays } = scope.settings.retention;
    this.key = new Key(this, 'Key', {
      alias: `alias/${scope.prefix}`,
      description: `Data of Millrace's environment ${scope.settings.name}`,
      enableKeyRotation: true,
      pendingWindow: Duration.days(7),
      removalPolicy: scope.dataRemoval,
    });
    const common = { key: this.key, accessLogs: new AccessLogBucket(this, 'AccessLogs') };
    this.raw = new DataBucket(this, 'Raw', { ...common, name: 'raw', versioned: true, expiryDays: { 'events/': rawDays }, events: true });
    // Exports and results are those of one run, and made anew by the next.
    const expiryDays = { 'exports/': logDays, 'results/': logDays };
    this.tables = new DataBucket(this, 'Tables', { ...common, name: 'tables', versioned: true, expiryDays });
    this.artifacts = new DataBucket(this, 'Artifacts', {
      ...common,
      name: 'artifacts',
      expiryDays: { 'emr/': logDays, 'reports/': rawDays },
    });
    this.uris = {
      warehouse: this.tables.s3UrlForObject('tables'),
      checkpoints: this.tables.s3UrlForObject('checkpoints'),
      models: this.tables.s3UrlForObject('models'),
      exports: this.tables.s3UrlForObject('exports'),
      results: this.tables.s3UrlForObject('results'),
      emrLogs: this.artifacts.s3UrlForObject('emr'),
      reports: this.artifacts.s3UrlForObject('reports'),
    };
    this.database = new LakeDatabase(this, 'Database', { location: this.uris.warehouse });
    this.databaseName = this.database.databaseName;
  }

  /** Lets `grantee` read the objects under `prefix` (`exports/`; empty: all), and list them. */
  grantReadObjects(bucket: Bucket, grantee: IGrantable, prefix: string): Grant {
    return this.grantObjects(bucket, grantee, prefix, READ);
  }

  /** Lets `grantee` read, write and delete the objects under `prefix`. */
  grantWriteObjects(bucket: Bucket, grantee: IGrantable, prefix: string): Grant {
    return this.grantObjects(bucket, grantee, prefix, WRITE);
  }

  /** Lets `grantee` read tables of the lake: their entries in the catalog, and their files. */
  grantReadTables(grantee: IGrantable): Grant {
    return this.database.grantRead(grantee).combine(this.grantReadObjects(this.tables, grantee, TABLES));
  }

  /** Lets `grantee` make, change and read tables of the lake. */
  grantWriteTables(grantee: IGrantable): Grant {
    return this.database.grantWrite(grantee).combine(this.grantWriteObjects(this.tables, grantee, TABLES));
  }

  private grantObjects(bucket: Bucket, grantee: IGrantable, prefix: string, { objects, key, bucket: wholeBucket }: Actions): Grant {
    const { region, urlSuffix } = EnvironmentStack.of(this);
    const grant = (actions: string[], arn: string, conditions?: Record<string, Record<string, unknown>>) =>
      Grant.addToPrincipal({ grantee, actions, resourceArns: [arn], ...(conditions && { conditions }) });
    const granted = grant(objects, bucket.arnForObjects(`${prefix}*`))
      .combine(grant(['s3:ListBucket'], bucket.bucketArn, prefix ? { StringLike: { 's3:prefix': `${prefix}*` } } : undefined))
      .combine(grant(key, this.key.keyArn, { StringEquals: { 'kms:ViaService': `s3.${region}.${urlSuffix}` } }));
    return wholeBucket.length > 0 ? granted.combine(grant(wholeBucket, bucket.bucketArn)) : granted;
  }
}
