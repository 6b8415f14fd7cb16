import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership, type CfnBucket, type LifecycleRule } from 'aws-cdk-lib/aws-s3';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { AccessLogBucket } from './access-log-bucket.ts';
import { EnvironmentStack } from './environment-stack.ts';

/** Days after which parts of an upload that nobody finished are deleted: Spark's uploads take hours at most, and nothing else does it. */
const UNFINISHED_UPLOAD_DAYS = 3;

export interface DataBucketProps {
  readonly key: IKey;
  readonly accessLogs: AccessLogBucket;
  /** Folder of its access logs, such as `raw`. */
  readonly name: string;
  /** Keeps what is overwritten or deleted as old versions, for the days of the environment's settings. @default false */
  readonly versioned?: boolean;
  /** Days that objects are kept, by the beginning of their keys. @default - for ever */
  readonly expiryDays?: Readonly<Record<string, number>>;
  /** Tells EventBridge of each new object. @default false */
  readonly events?: boolean;
}

/** A bucket for data: encrypted with the environment's key, private, its access logged. */
export class DataBucket extends Bucket {
  constructor(scope: Construct, id: string, props: DataBucketProps) {
    const { key, accessLogs, name, versioned = false, expiryDays = {} } = props;
    const { dataRemoval, keepsData, settings } = EnvironmentStack.of(scope);
    super(scope, id, {
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      versioned,
      lifecycleRules: [
        { id: 'unfinished-uploads', abortIncompleteMultipartUploadAfter: Duration.days(UNFINISHED_UPLOAD_DAYS) },
        ...(versioned ? [oldVersions(settings.retention.oldVersionDays)] : []),
        ...Object.entries(expiryDays).map(([prefix, days]) => ({
          id: `${prefix.replaceAll('/', '')}-expiry`,
          prefix,
          expiration: Duration.days(days),
        })),
      ],
      removalPolicy: dataRemoval,
      autoDeleteObjects: !keepsData,
    });
    // With the log bucket's whole construct, so that it is emptied when this bucket, which fills it, is gone.
    this.node.addDependency(accessLogs);
    const resource = this.node.defaultChild as CfnBucket;
    // CDK would name this bucket in the log bucket's policy, and the two would depend on each other.
    resource.loggingConfiguration = { destinationBucketName: accessLogs.bucketName, logFilePrefix: `${name}/` };
    // CDK would switch this on by a function of its own; CloudFormation can do it.
    if (props.events) resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  }
}

function oldVersions(days: number): LifecycleRule {
  return { id: 'old-versions', noncurrentVersionExpiration: Duration.days(days), expiredObjectDeleteMarker: true };
}
