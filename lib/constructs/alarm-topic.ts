import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { EnvironmentStack } from './environment-stack.ts';

/** Who tells of alarms. EventBridge, where an event is the alarm, is let in by its rule: SNS does not tell it the account. */
const PUBLISHERS = ['cloudwatch.amazonaws.com', 'budgets.amazonaws.com'];

/** The one topic that every alarm of an environment goes to. */
export class AlarmTopic extends Topic {
  constructor(scope: EnvironmentStack, id: string, { key }: { readonly key: IKey }) {
    super(scope, id, {
      topicName: `${scope.prefix}-alarms`,
      displayName: `Millrace ${scope.settings.name}`,
      masterKey: key,
      enforceSSL: true,
    });
    for (const service of PUBLISHERS) {
      const publisher = new ServicePrincipal(service, { conditions: { StringEquals: { 'aws:SourceAccount': scope.account } } });
      // With the use of the key: a topic under a customer's key is closed to a service that may not use it.
      this.grantPublish(publisher);
    }
    if (scope.settings.alarmEmail) this.addSubscription(new EmailSubscription(scope.settings.alarmEmail));
  }
}

/**
 * Rings at 80 % of what the environment may cost a month, and when the month is forecast to cost more than that.
 * It counts what carries the environment's tag, so the tag must be activated for cost allocation once in the account.
 */
export function addBudget(scope: EnvironmentStack, topic: AlarmTopic): void {
  const { name, budgetUsd } = scope.settings;
  const notice = (notificationType: string, threshold: number) => ({
    notification: { notificationType, comparisonOperator: 'GREATER_THAN', threshold, thresholdType: 'PERCENTAGE' },
    subscribers: [{ subscriptionType: 'SNS', address: topic.topicArn }],
  });
  const budget = new CfnBudget(scope, 'Budget', {
    budget: {
      budgetName: scope.prefix,
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      budgetLimit: { amount: budgetUsd, unit: 'USD' },
      costFilters: { TagKeyValue: [`user:millrace:environment$${name}`] },
    },
    notificationsWithSubscribers: [notice('ACTUAL', 80), notice('FORECASTED', 100)],
  });
  // With its policy: the budget may tell it from the first moment.
  budget.node.addDependency(topic);
}
