import { expect, test } from 'vitest';
import { templateOf, testStage } from '../support/stacks.ts';

// Of an account there is one policy for all other groups, and an environment that comes and goes would fill it.
test('groups that services deliver to are let in by their prefix', () => {
  const stage = testStage('prod');
  const delivered = [stage.stream, stage.producers, stage.pipelines].flatMap((stack) => {
    const { Resources } = templateOf(stack).toJSON() as {
      Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
    };
    const senders = ['AWS::MSK::Cluster', 'AWS::ApiGatewayV2::Stage', 'AWS::StepFunctions::StateMachine'];
    return Object.values(Resources)
      .filter(({ Type }) => senders.includes(Type))
      .map(({ Properties }) => {
        const settings = Properties['LoggingInfo'] ?? Properties['AccessLogSettings'] ?? Properties['LoggingConfiguration'];
        const group = Object.keys(Resources).find(
          (id) => Resources[id]!.Type === 'AWS::Logs::LogGroup' && JSON.stringify(settings).includes(id),
        );
        return Resources[group!]!.Properties['LogGroupName'];
      });
  });
  expect(delivered.sort()).toEqual([
    '/aws/vendedlogs/apis/millrace-prod-collect',
    '/aws/vendedlogs/msk/millrace-prod',
    '/aws/vendedlogs/states/millrace-prod-assessments',
    '/aws/vendedlogs/states/millrace-prod-assessments-jobs',
    '/aws/vendedlogs/states/millrace-prod-churn',
    '/aws/vendedlogs/states/millrace-prod-churn-ingest-continuous',
    '/aws/vendedlogs/states/millrace-prod-churn-jobs',
    '/aws/vendedlogs/states/millrace-prod-clicks',
    '/aws/vendedlogs/states/millrace-prod-clicks-jobs',
    '/aws/vendedlogs/states/millrace-prod-clicks-score-continuous',
    '/aws/vendedlogs/states/millrace-prod-replay-assessments',
    '/aws/vendedlogs/states/millrace-prod-replay-churn',
    '/aws/vendedlogs/states/millrace-prod-replay-clicks',
    '/aws/vendedlogs/states/millrace-prod-songplays',
    '/aws/vendedlogs/states/millrace-prod-songplays-jobs',
  ]);
});
