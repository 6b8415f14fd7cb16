import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { PIPELINES } from '../pipelines/index.ts';
import { stepsOf } from '../pipelines/pipeline.ts';
import { EnvironmentStack } from './environment-stack.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import type { Lake } from './lake.ts';
import type { SparkCode } from './spark-code.ts';

/** Begins the consumer groups that Spark's Kafka source makes for itself. */
const SPARK_GROUPS = 'spark-kafka-source';

/** Object of the artifacts bucket that holds the nodes' key and certificate. */
export const CERTIFICATES = 'certificates/emr.zip';

export interface InstanceRoleProps {
  readonly lake: Lake;
  readonly kafka: KafkaCluster;
  readonly code: SparkCode;
}

/** What the nodes may do: read code, topics and staged files, write the lake, its catalog, topics of results and logs. */
export function instanceRole(scope: Construct, id: string, { lake, kafka, code }: InstanceRoleProps): Role {
  const role = new Role(scope, id, { assumedBy: new ServicePrincipal('ec2.amazonaws.com'), description: 'Nodes of EMR' });
  code.grantRead(role);
  lake.grantWriteTables(role);
  for (const folder of ['checkpoints/', 'exports/', 'models/', 'results/']) lake.grantWriteObjects(lake.tables, role, folder);
  lake.grantReadObjects(lake.tables, role, 'staged/');
  lake.grantWriteObjects(lake.artifacts, role, 'emr/');
  const { processing } = EnvironmentStack.of(scope).settings;
  if (processing.encryptInTransit) {
    role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: [lake.artifacts.arnForObjects(CERTIFICATES)] }));
  }
  const steps = PIPELINES.flatMap((pipeline) => stepsOf<never>(pipeline)).filter((step) => step.kind === 'spark');
  for (const topic of new Set(steps.flatMap(({ consumes = [] }) => consumes))) kafka.grantConsume(role, topic, SPARK_GROUPS);
  for (const topic of new Set(steps.flatMap(({ produces = [] }) => produces))) kafka.grantProduce(role, topic);
  role.addToPolicy(new PolicyStatement({ actions: DISK_KEY_ACTIONS, resources: [lake.key.keyArn] }));
  role.addToPolicy(tunnelStatement());
  return role;
}

/** What EMR may do for the cluster. */
export function serviceRole(scope: Construct, id: string, nodes: Role, lake: Lake): Role {
  const { account, region, partition } = EnvironmentStack.of(scope);
  const role = new Role(scope, id, {
    description: 'EMR, for its cluster',
    assumedBy: new ServicePrincipal('elasticmapreduce.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': account },
        ArnLike: { 'aws:SourceArn': `arn:${partition}:elasticmapreduce:${region}:${account}:*` },
      },
    }),
    // AWS keeps it in step with what EMR does; it is limited to what carries EMR's tag.
    managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonEMRServicePolicy_v2')],
  });
  role.addToPolicy(
    new PolicyStatement({
      actions: ['iam:PassRole'],
      resources: [nodes.roleArn],
      conditions: { StringLike: { 'iam:PassedToService': 'ec2.amazonaws.com*' } },
    }),
  );
  role.addToPolicy(new PolicyStatement({ actions: DISK_KEY_ACTIONS, resources: [lake.key.keyArn] }));
  // Encrypted volumes: EC2 itself must be able to use the key, as long as the volume is there.
  role.addToPolicy(
    new PolicyStatement({
      actions: ['kms:CreateGrant'],
      resources: [lake.key.keyArn],
      conditions: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    }),
  );
  // The first Spot request of an account makes the role that EC2 uses for Spot.
  const spot = 'spot.amazonaws.com';
  role.addToPolicy(
    new PolicyStatement({
      actions: ['iam:CreateServiceLinkedRole'],
      resources: [`arn:${partition}:iam::${account}:role/aws-service-role/${spot}/AWSServiceRoleForEC2Spot`],
      conditions: { StringEquals: { 'iam:AWSServiceName': spot } },
    }),
  );
  return role;
}

/** Disks of nodes are encrypted with the lake's key. */
const DISK_KEY_ACTIONS = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** Port forwarding by Systems Manager. These actions know no resource: an agent opens channels to the service. */
function tunnelStatement(): PolicyStatement {
  return new PolicyStatement({
    actions: [
      'ssm:UpdateInstanceInformation',
      'ssmmessages:CreateControlChannel',
      'ssmmessages:CreateDataChannel',
      'ssmmessages:OpenControlChannel',
      'ssmmessages:OpenDataChannel',
    ],
    resources: ['*'],
  });
}
