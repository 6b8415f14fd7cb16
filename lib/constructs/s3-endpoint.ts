import { GatewayVpcEndpoint, GatewayVpcEndpointAwsService, type IVpc } from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { EnvironmentStack } from './environment-stack.ts';

/**
 * The way to S3. By it one reads what one may, but writes to buckets of this account only: data do not leave it.
 * Reading is open because EMR's nodes start from buckets of AWS (Amazon Linux's and EMR's packages) that change with releases.
 */
export class S3Endpoint extends GatewayVpcEndpoint {
  constructor(scope: Construct, id: string, { vpc }: { readonly vpc: IVpc }) {
    super(scope, id, { vpc, service: GatewayVpcEndpointAwsService.S3 });
    const { account, region, partition } = EnvironmentStack.of(this);
    const principals = [new AnyPrincipal()];
    this.addToPolicy(
      new PolicyStatement({
        principals,
        actions: ['s3:*'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:ResourceAccount': account } },
      }),
    );
    this.addToPolicy(new PolicyStatement({ principals, actions: ['s3:GetObject', 's3:ListBucket'], resources: ['*'] }));
    // EMR's own logs, by which AWS helps when a cluster does not start.
    // https://docs.aws.amazon.com/emr/latest/ManagementGuide/private-subnet-iampolicy.html
    const logs = region === 'us-east-1' ? 'aws157-logs-prod' : `aws157-logs-prod-${region}`;
    this.addToPolicy(
      new PolicyStatement({
        principals,
        actions: ['s3:PutObject', 's3:PutObjectAcl'],
        resources: [`arn:${partition}:s3:::${logs}/*`],
      }),
    );
  }
}
