import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { EnvironmentStack } from './environment-stack.ts';

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

  constructor(scope: EnvironmentStack, id: string) {
    super(scope, id);
    this.key = new Key(this, 'Key', { enableKeyRotation: true, removalPolicy: scope.dataRemoval });
    this.raw = new Bucket(this, 'Raw');
    this.tables = new Bucket(this, 'Tables');
    this.artifacts = new Bucket(this, 'Artifacts');
    this.databaseName = `millrace_${scope.settings.name}`;
    this.uris = {
      warehouse: `s3://${this.tables.bucketName}/tables`,
      checkpoints: `s3://${this.tables.bucketName}/checkpoints`,
      models: `s3://${this.tables.bucketName}/models`,
      exports: `s3://${this.tables.bucketName}/exports`,
      results: `s3://${this.tables.bucketName}/results`,
      emrLogs: `s3://${this.artifacts.bucketName}/emr`,
      reports: `s3://${this.artifacts.bucketName}/reports`,
    };
  }

  /** Lets `grantee` read the objects under `prefix` (`exports/`), and list them. */
  grantReadObjects(bucket: Bucket, grantee: IGrantable, prefix: string): Grant {
    return Grant.addToPrincipal({ grantee, actions: ['s3:GetObject'], resourceArns: [bucket.arnForObjects(`${prefix}*`)] });
  }

  /** Lets `grantee` read, write and delete the objects under `prefix`. */
  grantWriteObjects(bucket: Bucket, grantee: IGrantable, prefix: string): Grant {
    return Grant.addToPrincipal({ grantee, actions: ['s3:PutObject'], resourceArns: [bucket.arnForObjects(`${prefix}*`)] });
  }

  /** Lets `grantee` read tables of the lake: their entries in the catalog, and their files. */
  grantReadTables(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({ grantee, actions: ['glue:GetTable'], resourceArns: [this.key.keyArn] });
  }

  /** Lets `grantee` make, change and read tables of the lake. */
  grantWriteTables(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({ grantee, actions: ['glue:CreateTable'], resourceArns: [this.key.keyArn] });
  }
}
