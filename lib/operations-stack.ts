import { CfnOutput } from 'aws-cdk-lib/core';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { addBudget, AlarmTopic } from './constructs/alarm-topic.ts';
import { Alarms } from './constructs/alarms.ts';
import { EnvironmentDashboard } from './constructs/dashboard.ts';
import { EnvironmentStack, type EnvironmentStackProps } from './constructs/environment-stack.ts';
import type { KafkaCluster } from './constructs/kafka-cluster.ts';
import type { Lake } from './constructs/lake.ts';
import type { Network } from './constructs/network.ts';
import { addFunctionAlarms, addStateMachineAlarm, addWarehouseAlarm, addYarnAlarm } from './constructs/platform-alarms.ts';
import { addBrokerAlarms, addStreamAlarms } from './constructs/stream-alarms.ts';
import { StreamMeasurements } from './constructs/stream-measurements.ts';
import { OUTPUTS } from './outputs.ts';
import type { Stream } from './pipelines/pipeline.ts';

export interface OperationsStackProps extends EnvironmentStackProps {
  readonly network: Network;
  readonly lake: Lake;
  readonly kafka: KafkaCluster;
  readonly streams: readonly Stream[];
  readonly workgroupName: string;
  /** Of the persistent cluster. @default - clusters are transient */
  readonly clusterId?: string;
  /** By the names they are spoken of. */
  readonly stateMachines: Readonly<Record<string, IStateMachine>>;
  readonly functions: Readonly<Record<string, IFunction>>;
  /** Functions that state machines call, and call again: who hears of their failures hears it from the run, once. */
  readonly functionsOfRuns: Readonly<Record<string, IFunction>>;
  /** Names of the steps that never end, and that no run waits for. */
  readonly continuousSteps: readonly string[];
}

/** What tells people how it goes: figures, dashboard, alarms, budget. */
export class OperationsStack extends EnvironmentStack {
  constructor(scope: Construct, id: string, props: OperationsStackProps) {
    super(scope, id, 'Millrace: operations', props);
    const { network, lake, kafka, streams, workgroupName, clusterId, stateMachines } = props;
    const topic = new AlarmTopic(this, 'AlarmTopic', { key: lake.key });
    addBudget(this, topic);
    const measurements = new StreamMeasurements(this, 'Measurements', { network, lake, kafka, streams });
    const functions = { ...props.functions, 'measure-streams': measurements.function };

    const alarms = new Alarms(this, 'Alarms', { topic });
    addStreamAlarms(alarms, measurements, streams);
    addBrokerAlarms(alarms, kafka);
    addWarehouseAlarm(alarms, workgroupName);
    for (const [name, machine] of Object.entries(stateMachines)) addStateMachineAlarm(alarms, name, machine);
    for (const [name, lambda] of Object.entries(functions)) addFunctionAlarms(alarms, name, lambda);
    if (clusterId) {
      addYarnAlarm(alarms, clusterId);
      tellOfFailedSteps(this, clusterId, props.continuousSteps, topic);
    }
    new EnvironmentDashboard(this, 'Dashboard', {
      alarms,
      streams,
      measurements,
      kafka,
      workgroupName,
      stateMachines,
      functions: { ...functions, ...props.functionsOfRuns },
      ...(clusterId && { clusterId }),
    });
    new CfnOutput(this, OUTPUTS.operations.alarmTopic, { value: topic.topicArn });
    new CfnOutput(this, OUTPUTS.operations.dashboard, {
      value: `https://${this.region}.console.aws.amazon.com/cloudwatch/home?region=${this.region}#dashboards/dashboard/${this.prefix}`,
    });
  }
}

/** Steps of a persistent cluster that no run waits for, such as the continuous ingest, tell of their end by an event only. */
function tellOfFailedSteps(scope: EnvironmentStack, clusterId: string, names: readonly string[], topic: AlarmTopic): void {
  new Rule(scope, 'FailedSteps', {
    description: 'A continuous step of the persistent EMR cluster failed: its log is in the artifacts bucket under emr/',
    eventPattern: {
      source: ['aws.emr'],
      detailType: ['EMR Step Status Change'],
      detail: { state: ['FAILED'], clusterId: [clusterId], name: [...names] },
    },
    targets: [new SnsTopic(topic)],
  });
}
