import { expect, test, vi, onTestFinished } from 'vitest';
import { Meter } from '../../../lib/local/live/meter.ts';

test('a prediction is held against its impression’s outcome, once; figures are those of the definition', () => {
  const meter = new Meter();
  for (const [id, click] of [['a', 1], ['b', 0], ['c', 0], ['d', null]] as const) meter.sent(id, click); // prettier-ignore
  const producedAt = Date.now();
  for (const [id, probability] of [['a', 0.5], ['b', 0.25], ['a', 0.9], ['d', 0.7], ['unknown', 0.1]] as const) meter.predicted({ id, probability, producedAt }); // prettier-ignore
  expect(meter.missing).toBe(1);
  const loss = -(Math.log(0.5) + Math.log(0.75)) / 2;
  expect(meter.counts()).toMatchObject({ sent: 4, predicted: 3, labelled: 2, clicks: 1, calibration: 0.75 });
  expect(meter.counts().logLoss).toBeCloseTo(loss, 12);
  expect(meter.counts().normalisedEntropy).toBeCloseTo(loss / Math.log(2), 12);
  expect(meter.counts().bins).toEqual([
    { predictions: 1, meanProbability: 0.25, clicked: 0 },
    { predictions: 1, meanProbability: 0.5, clicked: 1 },
  ]);
});

test('nothing is said of quality that cannot be told, and a sure mistake is no infinite loss', () => {
  const meter = new Meter();
  expect(meter.counts()).toMatchObject({ latencyMs: null, logLoss: null, normalisedEntropy: null, calibration: null });
  meter.sent('a', 1);
  meter.predicted({ id: 'a', probability: 0, producedAt: Date.now() });
  expect(meter.counts().logLoss).toBeCloseTo(-Math.log(1e-15), 6);
  expect(meter.counts().normalisedEntropy).toBeNull();
});

test('latencies are from the broker’s taking to now, as percentiles by rank', () => {
  vi.useFakeTimers({ now: 1_000_000 });
  onTestFinished(() => void vi.useRealTimers());
  const meter = new Meter();
  for (let late = 1; late <= 100; late++) {
    meter.sent(String(late), null);
    meter.predicted({ id: String(late), probability: 0.5, producedAt: 1_000_000 - late });
  }
  expect(meter.counts().latencyMs).toEqual({ p50: 50, p99: 99 });
});

test('five seconds in which nothing came are told as well, and a moment’s log-loss is that of its known outcomes', () => {
  vi.useFakeTimers({ now: 1_000_000 });
  onTestFinished(() => void vi.useRealTimers());
  const meter = new Meter();
  for (const [id, click] of [['a', 1], ['b', null], ['c', 0]] as const) meter.sent(id, click); // prettier-ignore
  const producedAt = Date.now();
  meter.predicted({ id: 'a', probability: 0.5, producedAt });
  meter.predicted({ id: 'b', probability: 0.5, producedAt });
  vi.advanceTimersByTime(11_000);
  meter.predicted({ id: 'c', probability: 0.5, producedAt });
  expect(meter.counts().moments).toEqual([
    { seconds: 0, predictions: 2, logLoss: Math.LN2 },
    { seconds: 5, predictions: 0, logLoss: null },
    { seconds: 10, predictions: 1, logLoss: Math.LN2 },
  ]);
});
