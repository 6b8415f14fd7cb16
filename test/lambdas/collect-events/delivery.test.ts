import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { makeHandler } from '../../../lambdas/collect-events/handler.ts';
import type { Producer } from '../../../lambdas/shared/kafka/producer.ts';
import { listeningEvents } from '../../../lambdas/shared/listening-events.ts';
import { EVENT, request } from './requests.ts';

type Send = 'arrives' | 'fails' | 'hangs' | 'takes 50 ms';

/** A handler, and producers whose sends (counted over all of them) go as told; the last is how all later ones go. */
function collector(sends: readonly Send[], { failingConnects = 0, maxWaiting = 50 } = {}) {
  const seen = { connects: 0, sends: 0, disconnects: 0, failures: [] as string[] };
  const connect = (): Promise<Producer> => {
    if (++seen.connects <= failingConnects) return Promise.reject(new Error('no broker'));
    let usable = true;
    return Promise.resolve({
      async send() {
        if (!usable) throw new Error('producer must be ready');
        usable = false;
        const how = sends[Math.min(seen.sends++, sends.length - 1)]!;
        if (how === 'fails') throw new Error('no acknowledgement');
        if (how === 'hangs') await new Promise(() => {});
        if (how === 'takes 50 ms') await sleep(50);
        usable = true;
      },
      disconnect: () => Promise.resolve(void seen.disconnects++),
    });
  };
  const onFailure = (reason: unknown) => void seen.failures.push((reason as Error).message);
  const handler = makeHandler({ target: listeningEvents, topic: 't', rejectsTopic: 'r', connect, onFailure, deadlineMs: 200, maxWaiting });
  const post = async () => {
    const { status, headers } = await handler.collect(request([EVENT]));
    return { status, retryAfter: headers['retry-after'] };
  };
  return { seen, post, close: handler.close };
}

const ACCEPTED = { status: 202, retryAfter: undefined };
const UNAVAILABLE = { status: 503, retryAfter: '5' };

test('one connection serves all requests, until it is closed', async () => {
  const { seen, post, close } = collector(['arrives']);
  expect([await post(), await post()]).toEqual([ACCEPTED, ACCEPTED]);
  await close();
  expect(seen).toEqual({ connects: 1, sends: 2, disconnects: 1, failures: [] });
});

test('where Kafka cannot be reached the caller is told to try again, and the next request connects anew', async () => {
  const { seen, post } = collector(['arrives'], { failingConnects: 1 });
  expect(await post()).toEqual(UNAVAILABLE);
  expect(await post()).toEqual(ACCEPTED);
  expect(seen).toMatchObject({ connects: 2, failures: ['no broker'] });
});

test('a send that fails is answered 503, and its connection is not used again, not by those who wait either', async () => {
  const { seen, post } = collector(['takes 50 ms', 'fails', 'arrives']);
  expect(await Promise.all([post(), post(), post()])).toEqual([ACCEPTED, UNAVAILABLE, ACCEPTED]);
  expect(seen).toMatchObject({ connects: 2, sends: 3, disconnects: 1, failures: ['no acknowledgement'] });
});

test('a send that hangs is answered in time, and does not hold up what comes next', async () => {
  const { seen, post } = collector(['hangs', 'arrives']);
  const began = performance.now();
  expect(await post()).toEqual(UNAVAILABLE);
  expect(performance.now() - began).toBeLessThan(1_000);
  expect(await post()).toEqual(ACCEPTED);
  expect(seen).toMatchObject({ connects: 2, sends: 2, disconnects: 1 });
});

test('a batch whose time is up while it waits is not sent any more', async () => {
  const { seen, post } = collector(['hangs', 'arrives']);
  expect(await Promise.all([post(), post()])).toEqual([UNAVAILABLE, UNAVAILABLE]);
  expect(seen.sends).toBe(1);
  expect(await post()).toEqual(ACCEPTED);
});

test('where too much waits the caller is told to slow down', async () => {
  const { seen, post } = collector(['takes 50 ms'], { maxWaiting: 1 });
  expect(await Promise.all([post(), post(), post()])).toEqual([ACCEPTED, ACCEPTED, { status: 429, retryAfter: '1' }]);
  expect(seen.sends).toBe(2);
  expect(await post()).toEqual(ACCEPTED);
});
