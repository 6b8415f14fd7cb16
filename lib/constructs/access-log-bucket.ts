import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { EnvironmentStack } from './environment-stack.ts';

/** Where S3 writes who read and wrote the other buckets. Its own access is not logged: each log would make another. */
export class AccessLogBucket extends Bucket {
  constructor(scope: Construct, id: string) {
    const { account, dataRemoval, keepsData, settings } = EnvironmentStack.of(scope);
    super(scope, id, {
      // S3 delivers access logs to buckets with its own keys only.
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      lifecycleRules: [{ id: 'expiry', expiration: Duration.days(settings.retention.logDays) }],
      removalPolicy: dataRemoval,
      autoDeleteObjects: !keepsData,
    });
    this.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('logging.s3.amazonaws.com')],
        actions: ['s3:PutObject'],
        resources: [this.arnForObjects('*')],
        // Buckets of this account. Not one by one: this bucket would have to be made after them, and go before them.
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
    );
  }
}
