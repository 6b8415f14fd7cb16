import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CustomResource } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { CERTIFICATES } from './emr-roles.ts';
import { EnvironmentStack } from './environment-stack.ts';
import type { Lake } from './lake.ts';
import { NodeFunction } from './node-function.ts';

/** Key and certificate that EMR's nodes speak TLS with. Made at deployment; the key is nowhere but in S3, under the lake's key. */
export class EmrCertificates extends Construct {
  /** S3 URI of the zip; there once the construct is deployed. */
  readonly uri: string;

  constructor(scope: Construct, id: string, lake: Lake) {
    super(scope, id);
    const { region } = EnvironmentStack.of(scope);
    const maker = new NodeFunction(this, 'Function', {
      source: 'make-certificates',
      description: 'Makes the key and certificate of EMR nodes',
      timeoutSeconds: 60,
    });
    const file = lake.artifacts.arnForObjects(CERTIFICATES);
    maker.addToRolePolicy(new PolicyStatement({ actions: ['s3:DeleteObject', 's3:PutObject'], resources: [file] }));
    maker.addToRolePolicy(new PolicyStatement({ actions: ['kms:GenerateDataKey'], resources: [lake.key.keyArn] }));
    const certificate = new CustomResource(this, 'Resource', {
      serviceToken: maker.functionArn,
      resourceType: 'Custom::EmrCertificates',
      // Nodes' own names in the VPC.
      properties: {
        bucket: lake.artifacts.bucketName,
        key: CERTIFICATES,
        domain: region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`,
      },
    });
    certificate.node.addDependency(maker);
    this.uri = `s3://${lake.artifacts.bucketName}/${CERTIFICATES}`;
  }
}
