import { PIPELINES, REPLAYING } from './pipelines/index.ts';

/** Names of the stacks' outputs, by which the command line finds the parts of a deployed environment. */
export const OUTPUTS = {
  lake: { rawBucket: 'RawBucket', lakeBucket: 'LakeBucket', artifactsBucket: 'ArtifactsBucket', database: 'LakeDatabase' },
  stream: { clusterArn: 'KafkaClusterArn', brokers: 'KafkaBrokers' },
  processing: { clusterId: 'EmrClusterId', tunnels: 'Tunnels' },
  warehouse: { workgroup: 'Workgroup', database: 'WarehouseDatabase' },
  /** The address that takes events, and the state machines that send files, by the pipeline. */
  producers: { collectUrl: 'CollectUrl', ...byPipeline(REPLAYING, 'ReplayStateMachineArn') } as ByPipeline & {
    readonly collectUrl: string;
  },
  /** State machines, by the pipeline. */
  pipelines: byPipeline(PIPELINES, 'StateMachineArn'),
  operations: { alarmTopic: 'AlarmTopicArn', dashboard: 'DashboardUrl' },
} as const;

type ByPipeline = Readonly<Record<string, string>>;

export type StackName = keyof typeof OUTPUTS | 'network' | 'serving';

/** An output each, named by its pipeline. */
function byPipeline(pipelines: readonly { readonly name: string }[], what: string): ByPipeline {
  return Object.fromEntries(pipelines.map(({ name }) => [name, `${capitalized(name)}${what}`]));
}

/** A name as CloudFormation has it in ids. */
export function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Name of a stack in CloudFormation. */
export function stackName(environment: string, stack: StackName): string {
  return `millrace-${environment}-${stack}`;
}
