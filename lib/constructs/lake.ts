import type { IRole } from 'aws-cdk-lib/aws-iam';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { AccessLogBucket } from './access-log-bucket.ts';
import { DataBucket } from './data-bucket.ts';
import type { EnvironmentStack } from './environment-stack.ts';
import { LakeAccess } from './lake-access.ts';
import { LakeDatabase } from './lake-database.ts';

/** Folder of the bucket of tables that Iceberg writes to. */
const TABLES = 'tables/';

/** Where everything is kept: the buckets, their key, and the catalog of the lake's tables. */
export class Lake extends Construct {
  /** Encrypts all data of the environment. */
  readonly key: IKey;
  /** Files land here: under `events/<pipeline>/` the source of replays, under `files/<pipeline>/` what is staged; what is too large for a topic is kept under `refused/<pipeline>/`. */
  readonly raw: Bucket;
  /** Iceberg tables (`tables/`), checkpoints, models, exports, staged files. */
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
    /** Staged files: kept, the lake's star is built from all of them. */
    readonly staged: string;
    readonly results: string;
    readonly emrLogs: string;
    readonly reports: string;
  };
  private readonly database: LakeDatabase;
  private readonly access: LakeAccess;

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
    const landed = { 'events/': rawDays, 'files/': rawDays };
    this.raw = new DataBucket(this, 'Raw', { ...common, name: 'raw', versioned: true, expiryDays: landed, events: true });
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
      staged: this.tables.s3UrlForObject('staged'),
      results: this.tables.s3UrlForObject('results'),
      emrLogs: this.artifacts.s3UrlForObject('emr'),
      reports: this.artifacts.s3UrlForObject('reports'),
    };
    this.database = new LakeDatabase(this, 'Database', { location: this.uris.warehouse });
    this.databaseName = this.database.databaseName;
    this.access = new LakeAccess(this, 'Access', { key: this.key });
  }

  /** Lets `role` read the objects under `prefix` (`exports/`), and list them. */
  grantReadObjects(bucket: Bucket, role: IRole, prefix: string): void {
    this.access.grantObjects(bucket, role, prefix, 'read');
  }

  /** Lets `role` read, write and delete the objects under `prefix`. */
  grantWriteObjects(bucket: Bucket, role: IRole, prefix: string): void {
    this.access.grantObjects(bucket, role, prefix, 'write');
  }

  /** Lets `role` read tables of the lake: their entries in the catalog, and their files. */
  grantReadTables(role: IRole): void {
    this.access.grantCatalog(this.database, role, 'read');
    this.grantReadObjects(this.tables, role, TABLES);
  }

  /**
   * Lets `role` look up one table, and read files of tables: where those of one lie, its entry says only
   * when it is made.
   */
  grantReadTable(role: IRole, table: string): void {
    this.access.grantTable(this.database, role, table);
    this.grantReadObjects(this.tables, role, TABLES);
  }

  /** Lets `role` make, change and read tables of the lake. */
  grantWriteTables(role: IRole): void {
    this.access.grantCatalog(this.database, role, 'write');
    this.grantWriteObjects(this.tables, role, TABLES);
  }
}
