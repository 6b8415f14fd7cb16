/** Names of the stacks' outputs, by which the command line finds the parts of a deployed environment. */
export const OUTPUTS = {
  lake: { rawBucket: 'RawBucket', lakeBucket: 'LakeBucket', artifactsBucket: 'ArtifactsBucket', database: 'LakeDatabase' },
  stream: { clusterArn: 'KafkaClusterArn', brokers: 'KafkaBrokers' },
  processing: { clusterId: 'EmrClusterId', tunnels: 'Tunnels' },
  warehouse: { workgroup: 'Workgroup', database: 'WarehouseDatabase' },
  producers: { replayStateMachine: 'ReplayStateMachineArn', collectUrl: 'CollectUrl' },
  pipelines: { churn: 'ChurnStateMachineArn' },
  operations: { alarmTopic: 'AlarmTopicArn', dashboard: 'DashboardUrl' },
} as const;

export type StackName = keyof typeof OUTPUTS | 'network';

/** Name of a stack in CloudFormation. */
export function stackName(environment: string, stack: StackName): string {
  return `millrace-${environment}-${stack}`;
}
