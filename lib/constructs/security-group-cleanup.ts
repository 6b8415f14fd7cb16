import type { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CustomResource } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { AccountWidePolicies } from './account-wide-policies.ts';
import { EnvironmentStack } from './environment-stack.ts';
import { NodeFunction } from './node-function.ts';

export interface SecurityGroupCleanupProps {
  readonly vpc: Vpc;
  /** Groups that EMR may add rules to. */
  readonly emr: readonly SecurityGroup[];
  readonly accountWide: AccountWidePolicies;
}

/**
 * Clears security groups of rules that CloudFormation did not make: those of the VPC's default group when the VPC is made, and those
 * that EMR adds when the environment goes, with the endpoint that EMR may have made. Both would keep groups and VPC from being deleted.
 *
 * Rules of EMR's groups depend on it, so that on deletion it comes after them and before the groups. Clusters are in other stacks,
 * which are gone before this one.
 */
export class SecurityGroupCleanup extends Construct {
  constructor(scope: Construct, id: string, { vpc, emr, accountWide }: SecurityGroupCleanupProps) {
    super(scope, id);
    const stack = EnvironmentStack.of(this);
    const cleaner = new NodeFunction(this, 'Function', {
      source: 'clean-security-groups',
      description: 'Clears security groups of rules that CloudFormation did not make',
      timeoutSeconds: 600,
      memoryMb: 256,
    });
    const groups = [vpc.vpcDefaultSecurityGroup, ...emr.map(({ securityGroupId }) => securityGroupId)];
    cleaner.role!.addManagedPolicy(accountWide.securityGroupCleanup);
    cleaner.addToRolePolicy(
      new PolicyStatement({
        actions: ['ec2:RevokeSecurityGroupEgress', 'ec2:RevokeSecurityGroupIngress'],
        resources: groups.map((group) => stack.formatArn({ service: 'ec2', resource: 'security-group', resourceName: group })),
      }),
    );
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
