import { describe, expect, test } from 'vitest';
import {
  activeProbability,
  churnProbabilities,
  churnProbability,
  experienceProbabilities,
  hazard,
  liveDay,
  MOODS,
  type State,
  type Temper,
} from '../../data/behaviour.ts';
import { Random } from '../../data/random.ts';

const weekday = [0.5, 1, 1, 1.1, 1, 1.2, 0.6];
const listeners: [string, Temper, State][] = [
  ['a content one who pays', { activity: 0.2, weekday, annoyance: 0.1 }, { level: 'paid', mood: 0 }],
  ['an annoyed one with adverts', { activity: 0.35, weekday, annoyance: 0.5 }, { level: 'free', mood: 2 }],
  ['one fed up who hardly comes', { activity: 0.04, weekday, annoyance: 0.2 }, { level: 'free', mood: MOODS - 1 }],
  ['one who comes daily', { activity: 0.9, weekday, annoyance: 0.3 }, { level: 'paid', mood: 1 }],
];

/** Lives the days and says whether the listener cancelled: what the generator does, without the formula for the probability. */
function cancels(temper: Temper, from: State, firstWeekday: number, days: number, random: Random): boolean {
  let state = from;
  for (let day = 0; day < days; day++) {
    if (!random.chance(activeProbability(temper, state, (firstWeekday + day) % 7))) continue;
    const outcome = liveDay(temper, state, random);
    if (outcome.cancelled) return true;
    state = outcome.state;
  }
  return false;
}

describe('the true churn probability', () => {
  test.each(listeners)('of %s is the share of simulated lives that end in a cancellation', (_, temper, state) => {
    const lives = 40_000;
    let cancelled = 0;
    for (let life = 0; life < lives; life++) if (cancels(temper, state, 3, 10, new Random(life, 1))) cancelled++;
    const probability = churnProbability(temper, state, 3, 10);
    // Four standard errors: a right formula fails in one of 16,000 checks, and the seeds are fixed.
    expect(Math.abs(cancelled / lives - probability)).toBeLessThan(4 * Math.sqrt((probability * (1 - probability)) / lives));
  });

  test('of one day is the chance to be active and, over all outcomes, to cancel: worked out by hand', () => {
    const temper: Temper = { activity: 0.5, weekday: [1, 1, 1, 1, 1, 1, 1], annoyance: 0.2 };
    // Paid and content: mood stays 0 or becomes 1 (bad, 0.2); the level then changes with 0.015 or 0.02; the day's hazards are hazard().
    const free = [hazard({ level: 'free', mood: 0 }), hazard({ level: 'free', mood: 1 })] as const;
    const paid = [hazard({ level: 'paid', mood: 0 }), hazard({ level: 'paid', mood: 1 })] as const;
    const byHand = 0.5 * (0.8 * (0.985 * paid[0] + 0.015 * free[0]) + 0.2 * (0.98 * paid[1] + 0.02 * free[1]));
    expect(churnProbability(temper, { level: 'paid', mood: 0 }, 0, 1)).toBeCloseTo(byHand, 12);
  });

  test('grows with the horizon and with a worse mood, and depends on the weekday the horizon begins on', () => {
    const [, temper] = listeners[0]!;
    const state: State = { level: 'free', mood: 2 };
    const horizons = [1, 2, 5, 10, 30].map((days) => churnProbability(temper, state, 0, days));
    expect(horizons).toEqual([...horizons].sort((a, b) => a - b));
    const moods = churnProbabilities(temper, 0, 10).slice(0, MOODS);
    expect(moods).toEqual([...moods].sort((a, b) => a - b));
    expect(churnProbability(temper, state, 6, 1)).toBeLessThan(churnProbability(temper, state, 5, 1));
  });

  test('is between 0 and 1 for the most active and most annoyed', () => {
    const extreme: Temper = { activity: 50, weekday, annoyance: 50 };
    for (const probability of churnProbabilities(extreme, 0, 366)) {
      expect(probability).toBeGreaterThan(0);
      expect(probability).toBeLessThanOrEqual(1);
    }
    const { good, mixed, bad } = experienceProbabilities(extreme, 'free');
    expect(good + mixed + bad).toBeCloseTo(1, 12);
  });
});
