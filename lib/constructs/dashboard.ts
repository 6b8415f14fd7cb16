import { Duration } from 'aws-cdk-lib/core';
import { AlarmStatusWidget, Dashboard, GraphWidget, Stats, TextWidget, type IMetric, type IWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Stream } from '../pipelines/pipeline.ts';
import type { Alarms } from './alarms.ts';
import type { EnvironmentStack } from './environment-stack.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { rpuHours, yarnPending } from './platform-alarms.ts';
import { diskUsed, growthOf, offlinePartitions } from './stream-alarms.ts';
import type { StreamMeasurements } from './stream-measurements.ts';

export interface EnvironmentDashboardProps {
  readonly alarms: Alarms;
  readonly streams: readonly Stream[];
  readonly measurements: StreamMeasurements;
  readonly kafka: KafkaCluster;
  readonly workgroupName: string;
  /** Of the persistent cluster. @default - the clusters are transient, and have no metrics of their own here */
  readonly clusterId?: string;
  /** By the names they are spoken of. */
  readonly stateMachines: Readonly<Record<string, IStateMachine>>;
  readonly functions: Readonly<Record<string, IFunction>>;
}

/** Columns of CloudWatch's grid. */
const WIDTH = 24;
const FIVE_MINUTES = Duration.minutes(5);

/** What to look at first: alarms on top, then the way of the events from left to right. */
export class EnvironmentDashboard extends Dashboard {
  constructor(scope: EnvironmentStack, id: string, props: EnvironmentDashboardProps) {
    const { alarms, streams, measurements, kafka } = props;
    super(scope, id, { dashboardName: scope.prefix, defaultInterval: Duration.days(1) });
    this.addWidgets(
      new TextWidget({ markdown: `# Millrace ${scope.settings.name}\nEach alarm's description says what to do.`, width: WIDTH, height: 2 }),
    );
    this.addWidgets(new AlarmStatusWidget({ title: 'Alarms', alarms: alarms.all, width: WIDTH, height: 4 }));
    for (const stream of streams) {
      const { table, results } = stream;
      const of = (name: Parameters<StreamMeasurements['metric']>[1]) => measurements.metric(stream, name);
      this.addWidgets(
        ...row(
          graph(`${table}: arrived`, [growthOf(of('EndOffset'), 'messages in 5 minutes')]),
          graph(`${table}: waiting`, [of('Lag')]),
          graph(`${table}: refused in all`, [of('Rejected'), of('Quarantined')]),
          ...(results ? [graph(`${table}: made`, [growthOf(of('Results'), 'results in 5 minutes')])] : []),
          ...(results ? [graph(`${table}: how good`, [of('LogLoss'), of('NormalisedEntropy'), of('Calibration')])] : []),
        ),
      );
    }
    const counted = { statistic: Stats.SUM, period: FIVE_MINUTES };
    const named = (name: string, what: string) => ({ ...counted, label: `${name} ${what}` });
    const machines = Object.entries(props.stateMachines);
    const functions = Object.entries(props.functions);
    this.addWidgets(
      ...row(
        graph(
          'Runs',
          machines.flatMap(([name, machine]) => [
            machine.metricSucceeded(named(name, 'succeeded')),
            machine.metricFailed(named(name, 'failed')),
          ]),
        ),
        graph(
          'Calls of functions',
          functions.map(([name, lambda]) => lambda.metricInvocations(named(name, 'calls'))),
        ),
        graph(
          'Errors of functions',
          functions.flatMap(([name, lambda]) => [
            lambda.metricErrors(named(name, 'errors')),
            lambda.metricThrottles(named(name, 'throttles')),
          ]),
        ),
      ),
    );
    const { brokers } = scope.settings.stream;
    this.addWidgets(
      ...row(
        graph(
          'Disk of brokers, %',
          Array.from({ length: brokers }, (_, index) => diskUsed(kafka, index + 1)),
        ),
        graph('Partitions without a leader', [offlinePartitions(kafka)]),
        graph('RPU hours a day', [rpuHours(props.workgroupName)]),
        ...(props.clusterId ? [graph('YARN containers waiting', [yarnPending(props.clusterId)])] : []),
      ),
    );
  }
}

type SizedGraph = (width: number) => IWidget;

function graph(title: string, left: IMetric[]): SizedGraph {
  return (width) => new GraphWidget({ title, left, width, height: 6, leftYAxis: { min: 0, showUnits: false } });
}

/** Graphs beside each other, the whole width. */
function row(...graphs: readonly SizedGraph[]): IWidget[] {
  return graphs.map((each) => each(Math.floor(WIDTH / graphs.length)));
}
