import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { expect, test } from 'vitest';
import { makeExecutionHandler, makeTeardown, type Cluster, type Services } from '../../../lambdas/terminate-clusters/handler.ts';

const CHURN = 'arn:aws:states:eu-central-1:111122223333:stateMachine:millrace-dev-churn';

/** An account with clusters that take some looks to end once they were told to. */
class Account implements Services {
  readonly done: string[] = [];
  private readonly ending = new Map<string, number>();

  constructor(
    private there: Cluster[],
    private readonly executions: string[] = [],
    private readonly looksToEnd = 2,
  ) {}

  readonly clusters = () => {
    this.there = this.there.filter(({ id }) => {
      const left = this.ending.get(id);
      if (left !== undefined) this.ending.set(id, left - 1);
      return left !== 0;
    });
    return Promise.resolve([...this.there]);
  };

  readonly terminate = (ids: readonly string[]) => {
    for (const id of ids) {
      if (!this.ending.has(id)) this.ending.set(id, this.looksToEnd);
      this.done.push(`terminate ${id}`);
    }
    return Promise.resolve();
  };

  readonly runningExecutions = () => Promise.resolve(this.executions);

  readonly stop = (execution: string) => {
    this.done.push(`stop ${execution}`);
    return Promise.resolve();
  };

  readonly sleep = () => Promise.resolve();
}

const request = (RequestType: string, stateMachines: unknown = [CHURN]) =>
  ({
    RequestType,
    LogicalResourceId: 'Teardown',
    PhysicalResourceId: 'Teardown',
    ResourceProperties: { stateMachines },
  }) as never as CloudFormationCustomResourceEvent;
const time = (milliseconds: number) => ({ getRemainingTimeInMillis: () => milliseconds });

test('an execution that was stopped has its own cluster terminated, and no other', async () => {
  const account = new Account([
    { id: 'j-1', name: 'millrace-dev-churn-run-1' },
    { id: 'j-2', name: 'millrace-dev-churn-run-10' },
    { id: 'j-3', name: 'millrace-dev' },
  ]);
  const ended = { detail: { stateMachineArn: CHURN, name: 'run-1' } };
  expect(await makeExecutionHandler(account)(ended)).toEqual({ terminated: ['j-1'] });
  expect(account.done).toEqual(['terminate j-1']);
});

test('an execution that has no cluster left is nothing to do', async () => {
  const account = new Account([{ id: 'j-3', name: 'other' }]);
  expect(await makeExecutionHandler(account)({ detail: { stateMachineArn: CHURN, name: 'run-1' } })).toEqual({ terminated: [] });
  expect(account.done).toEqual([]);
});

test('before the state machines go their executions are stopped, their clusters terminated, and gone', async () => {
  const account = new Account([{ id: 'j-1', name: 'millrace-dev-churn-run-1' }], ['execution-1', 'execution-2']);
  expect(await makeTeardown(account)(request('Delete'), time(900_000))).toEqual({ physicalId: 'Teardown' });
  expect(account.done.slice(0, 3)).toEqual(['stop execution-1', 'stop execution-2', 'terminate j-1']);
  expect(await account.clusters()).toEqual([]);
});

test('other environments and the cluster that is always there stay', async () => {
  const others = [
    { id: 'j-1', name: 'millrace-dev2-churn-run-1' },
    { id: 'j-2', name: 'millrace-dev' },
    { id: 'j-3', name: 'millrace-staging-churn-run-1' },
  ];
  const account = new Account(others);
  await makeTeardown(account)(request('Delete'), time(900_000));
  expect(account.done).toEqual([]);
});

test('fails before its time is up when clusters do not end, and says which', async () => {
  const account = new Account([{ id: 'j-1', name: 'millrace-dev-churn-run-1' }], [], Infinity);
  let left = 100_000;
  const context = { getRemainingTimeInMillis: () => (left -= 10_000) };
  await expect(makeTeardown(account)(request('Delete'), context)).rejects.toThrow(/^clusters must have ended in time, got j-1/);
  expect(left).toBeGreaterThan(10_000);
});

test('made and changed it does nothing', async () => {
  const account = new Account([{ id: 'j-1', name: 'millrace-dev-churn-run-1' }], ['execution-1']);
  for (const type of ['Create', 'Update']) await makeTeardown(account)(request(type), time(900_000));
  expect(account.done).toEqual([]);
});

test('fails when it is not told whose clusters', async () => {
  await expect(makeTeardown(new Account([]))(request('Delete', 'millrace'), time(900_000))).rejects.toThrow(
    'stateMachines must be a list of ARNs, got "millrace"',
  );
});
