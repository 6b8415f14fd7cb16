import { Duration } from 'aws-cdk-lib/core';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Alarms } from './alarms.ts';
import type { EnvironmentStack } from './environment-stack.ts';

const FIVE_MINUTES = Duration.minutes(5);
const DAY = Duration.days(1);
/** Containers that wait for room while managed scaling adds nodes. */
const YARN_PENDING = 10;
/** Half an hour: managed scaling takes minutes to add a node. */
const YARN_PENDING_PERIODS = 6;

/** Rings when an execution of the state machine ends badly. @param name As it is said: `churn` */
export function addStateMachineAlarm(alarms: Alarms, name: string, machine: IStateMachine): void {
  const ended = { statistic: Stats.SUM, period: FIVE_MINUTES };
  alarms.add(`${name}-failed`, {
    metric: new MathExpression({
      expression: 'failed + timedOut + aborted',
      usingMetrics: { failed: machine.metricFailed(ended), timedOut: machine.metricTimedOut(ended), aborted: machine.metricAborted(ended) },
      period: FIVE_MINUTES,
      label: `${name} failed`,
    }),
    above: 0,
    missingIsBad: false,
    meaning: `A run of ${name} failed, timed out or was aborted.`,
    remedy: 'millrace status names the step and its log; mend the cause and run it again: every step takes up where it ended.',
  });
}

/** Rings when a Lambda fails or is refused for lack of concurrency. */
export function addFunctionAlarms(alarms: Alarms, name: string, lambda: IFunction): void {
  const counted = { statistic: Stats.SUM, period: FIVE_MINUTES };
  alarms.add(`${name}-errors`, {
    metric: lambda.metricErrors(counted),
    above: 0,
    missingIsBad: false,
    meaning: `The function ${name} failed.`,
    remedy: 'its log group holds the error as one JSON line; callers were told to send again, nothing is lost.',
  });
  alarms.add(`${name}-throttles`, {
    metric: lambda.metricThrottles(counted),
    above: 0,
    missingIsBad: false,
    meaning: `Calls of the function ${name} were refused: all that may run at a time are running.`,
    remedy: 'callers try again; where it lasts, raise the reserved concurrency of the function.',
  });
}

/** Rings when a persistent cluster is too small for what it is asked. A transient one has a run's time-out instead. */
export function addYarnAlarm(alarms: Alarms, clusterId: string): void {
  alarms.add('yarn-pending', {
    metric: yarnPending(clusterId),
    above: YARN_PENDING,
    periods: YARN_PENDING_PERIODS,
    missingIsBad: true,
    meaning: `More than ${YARN_PENDING} containers have waited for half an hour, or the cluster says nothing.`,
    remedy: 'see in YARN (millrace tunnel yarn) who takes the room; raise processing.maxTaskUnits where all of it is wanted.',
  });
}

export function yarnPending(clusterId: string): Metric {
  return new Metric({
    namespace: 'AWS/ElasticMapReduce',
    metricName: 'ContainerPending',
    dimensionsMap: { JobFlowId: clusterId },
    statistic: Stats.AVERAGE,
    period: FIVE_MINUTES,
    label: 'containers pending',
  });
}

/** Rings when the warehouse has computed longer in a day than the settings plan. */
export function addWarehouseAlarm(alarms: Alarms, workgroupName: string): void {
  const { rpuHoursADay } = (alarms.node.scope as EnvironmentStack).settings.warehouse;
  alarms.add('rpu-hours', {
    metric: rpuHours(workgroupName),
    above: rpuHoursADay,
    missingIsBad: false,
    meaning: `The warehouse used more than ${rpuHoursADay} RPU hours in a day.`,
    remedy:
      'SYS_QUERY_HISTORY names the statements; refresh the streaming view less often, or raise warehouse.rpuHoursADay where it is as it should be.',
  });
}

/** https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-monitoring.html: seconds times the RPU in use. */
export function rpuHours(workgroupName: string): MathExpression {
  const seconds = new Metric({
    namespace: 'AWS/Redshift-Serverless',
    metricName: 'ComputeSeconds',
    dimensionsMap: { Workgroup: workgroupName },
    statistic: Stats.SUM,
    period: DAY,
  });
  return new MathExpression({ expression: 'seconds / 3600', usingMetrics: { seconds }, period: DAY, label: 'RPU hours a day' });
}
