import { expect, test } from 'vitest';
import { simulate } from '../../data/simulate.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 5, 1);
const HORIZON = 10;

test('as many of the listeners there at a cut-off cancel within the horizon as the truths sum up to, within four standard errors', () => {
  // Cut-offs a horizon apart: then what is counted after one is not counted after another.
  const periodOf = (ts: number) => Math.floor((ts - START) / (HORIZON * DAY));
  const there = new Map<string, number>();
  const sum = { expected: 0, variance: 0, cancelled: 0 };
  for (const happening of simulate({ users: 800, days: 60, seed: 3, start: START, horizonDays: HORIZON })) {
    if ('views' in happening) {
      for (const { auth, ts, listener } of happening.views) {
        if (auth === 'Cancelled' && there.get(listener.person.userId) === periodOf(ts)) sum.cancelled++;
      }
      continue;
    }
    for (const { userId, cutoff, probability } of happening.truths) {
      if ((cutoff - START) % (HORIZON * DAY) !== 0 || cutoff === START + 60 * DAY) continue;
      there.set(userId, periodOf(cutoff));
      sum.expected += probability;
      sum.variance += probability * (1 - probability);
    }
  }
  expect(sum.cancelled).toBeGreaterThan(50);
  expect(Math.abs(sum.cancelled - sum.expected)).toBeLessThan(4 * Math.sqrt(sum.variance));
});

test('a cancellation is confirmed within the 24 hours after the last midnight its listener was there at: labels are the chain’s own', () => {
  const lastThere = new Map<string, number>();
  let checked = 0;
  for (const happening of simulate({ users: 1500, days: 30, seed: 4, start: START, horizonDays: HORIZON })) {
    if ('truths' in happening) {
      for (const { userId, cutoff } of happening.truths) lastThere.set(userId, cutoff);
      continue;
    }
    for (const { auth, ts, listener } of happening.views) {
      const since = lastThere.get(listener.person.userId);
      if (auth !== 'Cancelled' || since === undefined) continue;
      expect(ts - since).toBeLessThan(DAY);
      checked++;
    }
  }
  expect(checked).toBeGreaterThan(100);
});
