import { Effect, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { EnvironmentStack } from './environment-stack.ts';
import { EMR_TAG } from './security-groups.ts';

const INTERFACE_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/**
 * Rights that IAM grants for no single resource. One policy for each caller, all in one place, so that a star elsewhere is a mistake;
 * whoever needs one of them takes that one.
 */
export class AccountWidePolicies extends Construct {
  /** Lambdas in the VPC: their network interfaces. */
  readonly networkInterfaces: ManagedPolicy;
  /** State machines: delivering logs and traces. */
  readonly logDelivery: ManagedPolicy;
  /** Event sources on Kafka: where the brokers stand. */
  readonly eventSources: ManagedPolicy;
  /** Who looks up the addresses of brokers. */
  readonly brokerAddresses: ManagedPolicy;
  /** Who sends statements to Redshift: following up the own ones. */
  readonly ownStatements: ManagedPolicy;
  /** Who clears security groups of foreign rules. */
  readonly securityGroupCleanup: ManagedPolicy;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const any = { resources: ['*'] };
    // https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
    this.networkInterfaces = this.policy('NetworkInterfaces', 'Network interfaces of Lambdas in the VPC', [
      // Lambda looks whether the role may do this anywhere before it accepts a function, and interfaces have no name before they are made.
      new PolicyStatement({ actions: INTERFACE_ACTIONS, ...any }),
      // It is Lambda that makes interfaces, not the code of a function, whose calls alone carry the function's ARN.
      new PolicyStatement({
        effect: Effect.DENY,
        actions: INTERFACE_ACTIONS,
        ...any,
        conditions: { Null: { 'lambda:SourceFunctionArn': 'false' } },
      }),
    ]);
    // https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html and .../xray-iam.html: none of these takes a resource.
    this.logDelivery = this.policy('LogDelivery', 'Logs and traces of state machines', [
      new PolicyStatement({
        actions: [
          'logs:CreateLogDelivery',
          'logs:DeleteLogDelivery',
          'logs:DescribeLogGroups',
          'logs:DescribeResourcePolicies',
          'logs:GetLogDelivery',
          'logs:ListLogDeliveries',
          'logs:PutResourcePolicy',
          'logs:UpdateLogDelivery',
        ],
        ...any,
      }),
      new PolicyStatement({
        actions: ['xray:GetSamplingRules', 'xray:GetSamplingTargets', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
        ...any,
      }),
    ]);
    // https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html: those that are not among the network interfaces' own.
    this.eventSources = this.policy('EventSources', 'Networks of Kafka clusters that event sources read', [
      new PolicyStatement({ actions: ['ec2:DescribeSecurityGroups', 'ec2:DescribeVpcs'], ...any }),
    ]);
    this.brokerAddresses = this.policy('BrokerAddresses', 'Looking up the addresses of Kafka brokers', [
      new PolicyStatement({ actions: ['kafka:GetBootstrapBrokers'], ...any }),
    ]);
    this.ownStatements = this.policy('OwnStatements', 'Following up statements sent to the Data API by oneself', [
      new PolicyStatement({
        actions: ['redshift-data:CancelStatement', 'redshift-data:DescribeStatement', 'redshift-data:GetStatementResult'],
        ...any,
        conditions: { StringEquals: { 'redshift-data:statement-owner-iam-userid': '${aws:userid}' } },
      }),
    ]);
    this.securityGroupCleanup = this.policy('SecurityGroupCleanup', 'What EMR leaves in the VPC', [
      new PolicyStatement({ actions: ['ec2:DescribeSecurityGroups', 'ec2:DescribeVpcEndpoints'], ...any }),
      // Nobody knows the id of an endpoint that EMR will make, but its tags are known.
      // https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEMRServicePolicy_v2.html
      new PolicyStatement({
        actions: ['ec2:DeleteVpcEndpoints'],
        // With references, so that a finding of the checks on it has the same name in every account and region.
        resources: [
          EnvironmentStack.of(this).formatArn({
            service: 'ec2',
            region: Aws.REGION,
            account: Aws.ACCOUNT_ID,
            resource: 'vpc-endpoint',
            resourceName: '*',
          }),
        ],
        conditions: { StringEquals: { [`aws:ResourceTag/${EMR_TAG}`]: 'true', 'aws:ResourceTag/Name': 'emr-service-vpce' } },
      }),
    ]);
  }

  private policy(id: string, description: string, statements: PolicyStatement[]): ManagedPolicy {
    return new ManagedPolicy(this, id, { description, statements });
  }
}
