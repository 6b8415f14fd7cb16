import { Alarm, ComparisonOperator, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Construct } from 'constructs';
import type { AlarmTopic } from './alarm-topic.ts';
import type { EnvironmentStack } from './environment-stack.ts';

export interface AlarmDefinition {
  readonly metric: IMetric;
  /** Rings above this value. */
  readonly above: number;
  /** Periods of the metric, all of which must be bad. @default 1 */
  readonly periods?: number;
  /** Whether no figure at all is bad, as it is where something should be flowing. */
  readonly missingIsBad: boolean;
  /** What has happened, one sentence. */
  readonly meaning: string;
  /** What to do about it, one sentence. */
  readonly remedy: string;
}

/** The alarms of an environment, each of which says what to do and goes to the one topic. */
export class Alarms extends Construct {
  readonly all: Alarm[] = [];
  private readonly topic: AlarmTopic;
  private readonly prefix: string;

  constructor(scope: EnvironmentStack, id: string, { topic }: { readonly topic: AlarmTopic }) {
    super(scope, id);
    this.topic = topic;
    this.prefix = scope.prefix;
  }

  /** @param name In lower case with hyphens: the alarm is `millrace-<environment>-<name>` */
  add(name: string, { metric, above, periods = 1, missingIsBad, meaning, remedy }: AlarmDefinition): Alarm {
    const alarm = new Alarm(this, name, {
      alarmName: `${this.prefix}-${name}`,
      alarmDescription: `${meaning} What to do: ${remedy}`,
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: missingIsBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    const notice = new SnsAction(this.topic);
    alarm.addAlarmAction(notice);
    alarm.addOkAction(notice);
    this.all.push(alarm);
    return alarm;
  }
}
