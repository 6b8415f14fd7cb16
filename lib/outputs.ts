import { PIPELINES } from './pipelines/index.ts';

/** Names of the stacks' outputs, by which the command line finds the parts of a deployed environment. */
export const OUTPUTS = {
  lake: { rawBucket: 'RawBucket', lakeBucket: 'LakeBucket', artifactsBucket: 'ArtifactsBucket', database: 'LakeDatabase' },
  stream: { clusterArn: 'KafkaClusterArn', brokers: 'KafkaBrokers' },
  processing: { clusterId: 'EmrClusterId', tunnels: 'Tunnels' },
  warehouse: { workgroup: 'Workgroup', database: 'WarehouseDatabase' },
  producers: { replayStateMachine: 'ReplayStateMachineArn', collectUrl: 'CollectUrl' },
  /** State machines, by the pipeline. */
  pipelines: Object.fromEntries(PIPELINES.map(({ name }) => [name, `${capitalized(name)}StateMachineArn`])) as Readonly<
    Record<string, string>
  >,
  operations: { alarmTopic: 'AlarmTopicArn', dashboard: 'DashboardUrl' },
} as const;

export type StackName = keyof typeof OUTPUTS | 'network';

/** A name as CloudFormation has it in ids. */
export function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Name of a stack in CloudFormation. */
export function stackName(environment: string, stack: StackName): string {
  return `millrace-${environment}-${stack}`;
}
