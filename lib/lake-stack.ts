import { CfnOutput } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { EnvironmentStack, type EnvironmentStackProps } from './constructs/environment-stack.ts';
import { Lake } from './constructs/lake.ts';
import { OUTPUTS } from './outputs.ts';

/** Buckets, their key, and the catalog of tables. */
export class LakeStack extends EnvironmentStack {
  readonly lake: Lake;

  constructor(scope: Construct, id: string, props: EnvironmentStackProps) {
    super(scope, id, 'Millrace: data lake', props);
    this.lake = new Lake(this, 'Lake');
    new CfnOutput(this, OUTPUTS.lake.rawBucket, { value: this.lake.raw.bucketName });
    new CfnOutput(this, OUTPUTS.lake.lakeBucket, { value: this.lake.tables.bucketName });
    new CfnOutput(this, OUTPUTS.lake.artifactsBucket, { value: this.lake.artifacts.bucketName });
    new CfnOutput(this, OUTPUTS.lake.database, { value: this.lake.databaseName });
  }
}
