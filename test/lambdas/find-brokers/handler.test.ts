import { GetBootstrapBrokersCommand } from '@aws-sdk/client-kafka';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { expect, test } from 'vitest';
import { findBrokers } from '../../../lambdas/find-brokers/handler.ts';

const ARN = 'arn:aws:kafka:eu-central-1:111122223333:cluster/millrace-dev/0a1b';

function call(RequestType: string, answer: object, ClusterArn = ARN) {
  const asked: unknown[] = [];
  const client = {
    send: (command: object) => {
      if (!(command instanceof GetBootstrapBrokersCommand)) throw new Error(`unexpected ${command.constructor.name}`);
      asked.push(command.input);
      return Promise.resolve(answer);
    },
  };
  const event = { RequestType, PhysicalResourceId: 'former', ResourceProperties: { ServiceToken: 's', ClusterArn, NumberOfBrokers: '2' } };
  const outcome = findBrokers({ send: client.send as never })(event as unknown as CloudFormationCustomResourceEvent, {
    getRemainingTimeInMillis: () => 60_000,
  });
  return { asked, outcome };
}

test.each(['Create', 'Update'])('%s tells the addresses for IAM, in one order whatever the answer has', async (request) => {
  const { outcome, asked } = call(request, {
    BootstrapBrokerStringTls: 'b-1:9094',
    BootstrapBrokerStringSaslIam: 'b-2.x.kafka:9098,b-1.x.kafka:9098',
  });
  expect(await outcome).toEqual({ physicalId: ARN, data: { Brokers: 'b-1.x.kafka:9098,b-2.x.kafka:9098' } });
  expect(asked).toEqual([{ ClusterArn: ARN }]);
});

test('a cluster without IAM fails in one line', async () => {
  await expect(call('Create', { BootstrapBrokerStringTls: 'b-1:9094' }).outcome).rejects.toThrow(
    `cluster must have brokers that take IAM, got none of ${ARN}`,
  );
});

test('Delete does not ask: the cluster may be gone', async () => {
  const { outcome, asked } = call('Delete', {});
  expect(await outcome).toEqual({ physicalId: 'former' });
  expect(asked).toEqual([]);
});

test('a request without a cluster is refused', async () => {
  await expect(call('Create', {}, '').outcome).rejects.toThrow('ClusterArn');
});
