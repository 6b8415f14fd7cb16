import type { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Aws, CustomResource } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { EnvironmentStack } from './environment-stack.ts';
import { NodeFunction } from './node-function.ts';
import { EMR_TAG } from './security-groups.ts';

export interface SecurityGroupCleanupProps {
  readonly vpc: Vpc;
  /** Groups that EMR may add rules to. */
  readonly emr: readonly SecurityGroup[];
}

/**
 * Clears security groups of rules that CloudFormation did not make: those of the VPC's default group when the VPC is made, and those
 * that EMR adds when the environment goes, with the endpoint that EMR may have made. Both would keep groups and VPC from being deleted.
 *
 * Rules of EMR's groups depend on it, so that on deletion it comes after them and before the groups. Clusters are in other stacks,
 * which are gone before this one.
 */
export class SecurityGroupCleanup extends Construct {
  constructor(scope: Construct, id: string, { vpc, emr }: SecurityGroupCleanupProps) {
    super(scope, id);
    const stack = EnvironmentStack.of(this);
    const cleaner = new NodeFunction(this, 'Function', {
      source: 'clean-security-groups',
      description: 'Clears security groups of rules that CloudFormation did not make',
      timeoutSeconds: 600,
      memoryMb: 256,
    });
    // With references, so that a finding of the checks on it has the same name in every account and region.
    const arn = (resource: string, resourceName: string) =>
      stack.formatArn({ service: 'ec2', region: Aws.REGION, account: Aws.ACCOUNT_ID, resource, resourceName });
    const groups = [vpc.vpcDefaultSecurityGroup, ...emr.map(({ securityGroupId }) => securityGroupId)];
    for (const statement of [
      // These take no resource.
      new PolicyStatement({ actions: ['ec2:DescribeSecurityGroups', 'ec2:DescribeVpcEndpoints'], resources: ['*'] }),
      new PolicyStatement({
        actions: ['ec2:RevokeSecurityGroupEgress', 'ec2:RevokeSecurityGroupIngress'],
        resources: groups.map((group) => arn('security-group', group)),
      }),
      // Nobody knows the id of an endpoint that EMR will make, but its tags are known.
      // https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEMRServicePolicy_v2.html
      new PolicyStatement({
        actions: ['ec2:DeleteVpcEndpoints'],
        resources: [arn('vpc-endpoint', '*')],
        conditions: { StringEquals: { [`aws:ResourceTag/${EMR_TAG}`]: 'true', 'aws:ResourceTag/Name': 'emr-service-vpce' } },
      }),
    ])
      cleaner.addToRolePolicy(statement);
    // CDK would restrict the default group by a function of its own, with a wider role and a log group that stays behind.
    this.cleanUp('DefaultGroup', cleaner, { When: 'created', SecurityGroupIds: [vpc.vpcDefaultSecurityGroup] });
    this.cleanUp('EmrGroups', cleaner, {
      When: 'deleted',
      SecurityGroupIds: emr.map(({ securityGroupId }) => securityGroupId),
      VpcId: vpc.vpcId,
    });
  }

  private cleanUp(id: string, cleaner: NodeFunction, properties: Readonly<Record<string, unknown>>): void {
    const resource = new CustomResource(this, id, {
      resourceType: 'Custom::SecurityGroupCleanup',
      serviceToken: cleaner.functionArn,
      serviceTimeout: cleaner.timeout!,
      properties,
    });
    // With its policy, or it may be called before it is allowed anything, and after.
    resource.node.addDependency(cleaner.role!);
  }
}
