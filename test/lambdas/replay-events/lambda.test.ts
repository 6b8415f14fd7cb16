import { expect, test } from 'vitest';
import type { ReplayContext, ReplayRequest, ReplayResult } from '../../../lambdas/replay-events/handler.ts';
import { makeLambda } from '../../../lambdas/replay-events/lambda.ts';

const RESULT: ReplayResult = {
  ...{ source: 's', read: 2, produced: 2, rejected: 0, bytes: 9, totalBytes: 9, rejects: [], rejectKinds: {}, unknownFields: {} },
  ...{ truncated: false, done: false, next: 3 },
};

function lambda() {
  const requests: ReplayRequest[] = [];
  const contexts: ReplayContext[] = [];
  const replay = (request: ReplayRequest, context: ReplayContext = {}) => {
    requests.push(request);
    contexts.push(context);
    return Promise.resolve(RESULT);
  };
  const handler = makeLambda({ replay });
  return { requests, contexts, call: (event: unknown) => handler(event, { getRemainingTimeInMillis: () => 42_000 }) };
}

test('a call is passed on with its options and the time left, and answered with the result', async () => {
  const { call, requests, contexts } = lambda();
  expect(await call({ bucket: 'lake', key: 'a', start: 7, source: 's', rate: 5 })).toEqual(RESULT);
  expect(requests).toEqual([{ location: 's3://lake/a', start: 7, source: 's', rate: 5 }]);
  expect(contexts[0]?.remainingMs?.()).toBe(42_000);
});

test('the first call of a state machine has no source yet', async () => {
  const { call, requests } = lambda();
  await call({ bucket: 'lake', key: 'a', start: 1, source: null });
  expect(requests).toEqual([{ location: 's3://lake/a', start: 1 }]);
});

test('a key is taken as it is', async () => {
  const { call, requests } = lambda();
  await call({ bucket: 'lake', key: 'in/a+b%20.jsonl' });
  expect(requests).toEqual([{ location: 's3://lake/in/a+b%20.jsonl' }]);
});

test.each([
  [undefined, 'got undefined'],
  [{ bucket: 'lake' }, 'got {"bucket":"lake"}'],
  [{ bucket: 'lake', key: '' }, 'got {"bucket":"lake","key":""}'],
  [{ bucket: 'lake', key: 'a', strat: 3 }, 'got {"bucket":"lake","key":"a","strat":3}'],
])('fails when the event is %j', async (event, message) => {
  const { call, requests } = lambda();
  await expect(call(event)).rejects.toThrow(`event must be {bucket, key}, with start, source and rate if need be, ${message}`);
  expect(requests).toEqual([]);
});
