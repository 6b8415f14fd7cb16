import { expect, test } from 'vitest';
import type { Producer } from '../../../lambdas/shared/kafka/producer.ts';
import type { AdImpression } from '../../../lib/contracts/ad-impression.ts';
import { feed, OUTCOME_DELAY_MS, type FeedOptions } from '../../../lib/local/live/feed.ts';

type Sent = { topic: string; key: string; value: Record<string, unknown>; at: number };

async function* impressions(count: number): AsyncGenerator<AdImpression> {
  await Promise.resolve();
  for (let n = 0; n < count; n++)
    yield { id: String(n), click: n % 3 === 2 ? null : n % 3, hour: 1, site_id: 's' } as unknown as AdImpression;
}

function feeding(changes: Partial<FeedOptions>) {
  const sent: Sent[] = [];
  const started = performance.now();
  const producer: Producer = {
    send: (topics) => {
      for (const { topic, messages } of topics) {
        for (const { key, value } of messages) {
          sent.push({ topic, key, value: JSON.parse(String(value)) as Sent['value'], at: performance.now() - started });
        }
      }
      return Promise.resolve();
    },
    disconnect: () => Promise.resolve(),
  };
  const settled: number[] = [];
  const outcomes = feed({
    producer,
    topics: { topic: 'live', outcomesTopic: 'outcomes' },
    impressions: impressions(30),
    rate: 100,
    stop: new AbortController().signal,
    onSending: () => undefined,
    onSettled: (count) => Promise.resolve(void settled.push(count)),
    ...changes,
  });
  const of = (topic: string) => sent.filter((each) => each.topic === topic);
  return { outcomes, of, settled };
}

test('impressions go without their outcome, at the rate; each known outcome follows after the delay, and none is made up', async () => {
  const { outcomes, of, settled } = feeding({});
  expect(await outcomes).toBe(20);
  const live = of('live');
  expect(live.map(({ key, value }) => [key, value['id'], value['click'], value['site_id']])).toEqual(
    Array.from({ length: 30 }, (_, n) => [String(n), String(n), null, 's']),
  );
  for (const [n, { at }] of live.entries()) expect(at).toBeGreaterThanOrEqual((n / 100) * 1000 - 1);
  const known = of('outcomes');
  expect(known.map(({ key, value }) => [key, value['click']])).toEqual(
    Array.from({ length: 30 }, (_, n) => [String(n), n % 3]).filter(([, click]) => click !== 2),
  );
  for (const { key, at } of known) expect(at - live[Number(key)]!.at).toBeGreaterThanOrEqual(OUTCOME_DELAY_MS);
  expect(settled.at(-1)).toBe(30);
});

test('when it is stopped, no impression is left without its outcome, and none waits for the delay', async () => {
  const stop = new AbortController();
  const { outcomes, of } = feeding({ impressions: impressions(1e9), rate: 1_000, stop: stop.signal });
  setTimeout(() => stop.abort(), 300);
  const started = performance.now();
  const count = await outcomes;
  expect(performance.now() - started).toBeLessThan(OUTCOME_DELAY_MS);
  expect(of('live').length).toBeGreaterThan(50);
  expect(count).toBe(of('live').filter(({ key }) => Number(key) % 3 !== 2).length);
  expect(of('outcomes').length).toBe(count);
});
