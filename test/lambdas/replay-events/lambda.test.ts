import { expect, test } from 'vitest';
import type { ReplayContext, ReplayRequest, ReplayResult } from '../../../lambdas/replay-events/handler.ts';
import { makeLambda } from '../../../lambdas/replay-events/lambda.ts';

const RESULT: ReplayResult = {
  ...{ source: 's', read: 2, produced: 2, rejected: 0, bytes: 9, totalBytes: 9, rejects: [], rejectKinds: {}, unknownFields: {} },
  ...{ truncated: false, done: true, next: 3 },
};

function lambda(result = RESULT) {
  const requests: ReplayRequest[] = [];
  const contexts: ReplayContext[] = [];
  const replay = (request: ReplayRequest, context: ReplayContext = {}) => {
    requests.push(request);
    contexts.push(context);
    return Promise.resolve(result);
  };
  const handler = makeLambda({ replay });
  return { requests, contexts, call: (event: unknown) => handler(event, { getRemainingTimeInMillis: () => 42_000 }) };
}

const bridged = (key: string) => ({
  source: 'aws.s3',
  'detail-type': 'Object Created',
  detail: { bucket: { name: 'lake' }, object: { key, size: 5 } },
});
const notified = (...keys: string[]) => ({
  Records: keys.map((key) => ({ eventName: 'ObjectCreated:Put', s3: { bucket: { name: 'lake' }, object: { key } } })),
});

test('a direct call is passed on with its options and the time left, and answered with the result', async () => {
  const { call, requests, contexts } = lambda({ ...RESULT, done: false });
  expect(await call({ bucket: 'lake', key: 'a', start: 7, source: 's', rate: 5 })).toEqual({ ...RESULT, done: false });
  expect(requests).toEqual([{ location: 's3://lake/a', start: 7, source: 's', rate: 5 }]);
  expect(contexts[0]?.remainingMs?.()).toBe(42_000);
});

test('an EventBridge event names the key as it is', async () => {
  const { call, requests } = lambda();
  expect(await call(bridged('in/a+b%20.jsonl'))).toEqual([RESULT]);
  expect(requests).toEqual([{ location: 's3://lake/in/a+b%20.jsonl' }]);
});

test('an S3 notification names the keys as in a form', async () => {
  const { call, requests } = lambda();
  expect(await call(notified('in/a+b%2B.jsonl', 'c'))).toEqual([RESULT, RESULT]);
  expect(requests).toEqual([{ location: 's3://lake/in/a b+.jsonl' }, { location: 's3://lake/c' }]);
});

test("S3's test event is answered with nothing", async () => {
  const { call, requests } = lambda();
  expect(await call({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'lake' })).toEqual([]);
  expect(requests).toEqual([]);
});

test('a notification fails when its object could not be replayed to the end', async () => {
  const { call } = lambda({ ...RESULT, done: false });
  await expect(call(bridged('a'))).rejects.toThrow('a must be replayed in one call, got as far as record 3: call with that start');
});

test.each([
  [undefined, 'got undefined'],
  [{ bucket: 'lake' }, 'got {"bucket":"lake"}'],
  [{ bucket: 'lake', key: 'a', strat: 3 }, 'got {"bucket":"lake","key":"a","strat":3}'],
  [{ Records: [{ eventName: 'ObjectRemoved:Delete', s3: { bucket: { name: 'lake' }, object: { key: 'a' } } }] }, 'got {"Records"'],
])('fails when the event is %j', async (event, message) => {
  const { call, requests } = lambda();
  await expect(call(event)).rejects.toThrow(`event must be {bucket, key} or tell of a new object, ${message}`);
  expect(requests).toEqual([]);
});
