import type { Random } from './random.ts';

/**
 * How a listener comes to leave: a Markov chain over (level, mood), one step a day. This file is the only place that knows it, so what it
 * says of a listener's true churn probability is exact.
 *
 * On a day with weekday w a listener with state (level, mood) is active with probability
 * `min(0.95, activity * weekday[w] * 0.94 ** mood)`. An inactive day changes nothing. On an active day, in this order:
 * 1. The day's experience is bad with probability `b = min(0.9, annoyance * (free ? 1.35 : 1))`, good with `0.3 * (1 - b)`, else mixed.
 * 2. Mood moves: good -1, mixed 0, bad +1, within 0 (content) .. 4 (fed up).
 * 3. The level changes: free to paid with probability UPGRADE[mood], paid to free with DOWNGRADE[mood].
 * 4. The listener cancels with probability `HAZARD[mood] * (free ? 1 : 0.9)`.
 *
 * What the day leaves in the events (thumbs, adverts, errors, help, session length) is drawn from its experience, level and mood: see pages.ts.
 */
export const MOODS = 5;
const UPGRADE = [0.16, 0.13, 0.1, 0.07, 0.05];
const DOWNGRADE = [0.015, 0.02, 0.04, 0.07, 0.1];
const HAZARD = [0.0015, 0.01, 0.055, 0.18, 0.36];
const MOST_ACTIVE = 0.95;

export type Level = 'free' | 'paid';
export const EXPERIENCES = ['good', 'mixed', 'bad'] as const;
export type Experience = (typeof EXPERIENCES)[number];

/** The habits the chain depends on. */
export interface Temper {
  /** Chance of an active day in the best mood, before the weekday's factor. */
  readonly activity: number;
  /** Factor on `activity` a weekday, Sunday first. */
  readonly weekday: readonly number[];
  /** Chance of a bad experience on an active day when paying. */
  readonly annoyance: number;
}

export interface State {
  readonly level: Level;
  /** 0 (content) to MOODS - 1 (fed up): the sum of recent experience. */
  readonly mood: number;
}

/** What an active day did to a listener. */
export interface DayOutcome {
  readonly experience: Experience;
  readonly state: State;
  readonly cancelled: boolean;
}

export function activeProbability(temper: Temper, state: State, weekday: number): number {
  return Math.min(MOST_ACTIVE, temper.activity * temper.weekday[weekday]! * 0.94 ** state.mood);
}

/** Chances of a good, a mixed and a bad experience on an active day. */
export function experienceProbabilities(temper: Temper, level: Level): Record<Experience, number> {
  const bad = Math.min(0.9, temper.annoyance * (level === 'free' ? 1.35 : 1));
  return { good: 0.3 * (1 - bad), mixed: 0.7 * (1 - bad), bad };
}

/** Chance that an active day which ended in `state` ends with a cancellation. */
export function hazard({ level, mood }: State): number {
  return HAZARD[mood]! * (level === 'free' ? 1 : 0.9);
}

function moodAfter(mood: number, experience: Experience): number {
  if (experience === 'good') return Math.max(0, mood - 1);
  return experience === 'bad' ? Math.min(MOODS - 1, mood + 1) : mood;
}

function switchProbability({ level, mood }: State): number {
  return level === 'free' ? UPGRADE[mood]! : DOWNGRADE[mood]!;
}

function switched({ level, mood }: State): State {
  return { level: level === 'free' ? 'paid' : 'free', mood };
}

/** Draws one active day. */
export function liveDay(temper: Temper, state: State, random: Random): DayOutcome {
  const chances = experienceProbabilities(temper, state.level);
  const draw = random.uniform();
  const experience = draw < chances.bad ? 'bad' : draw < chances.bad + chances.good ? 'good' : 'mixed';
  const moved: State = { level: state.level, mood: moodAfter(state.mood, experience) };
  const after = random.chance(switchProbability(moved)) ? switched(moved) : moved;
  return { experience, state: after, cancelled: random.chance(hazard(after)) };
}

/**
 * The true probability that a listener in `state` at a midnight cancels within the next `horizonDays` days (not counting the day after).
 * @param weekday - of the first day of the horizon, 0 is Sunday
 */
export function churnProbability(temper: Temper, state: State, weekday: number, horizonDays: number): number {
  return churnProbabilities(temper, weekday, horizonDays)[stateIndex(state)]!;
}

const STATES: readonly State[] = (['free', 'paid'] as const).flatMap((level) =>
  Array.from({ length: MOODS }, (_, mood) => ({ level, mood })),
);

export function stateIndex({ level, mood }: State): number {
  return (level === 'free' ? 0 : MOODS) + mood;
}

/**
 * {@link churnProbability} of every state, by {@link stateIndex}. Backward in time: with d days left,
 * `V_d = (1 - p) V_{d-1} + p * sum over outcomes of P(outcome) * (h + (1 - h) V_{d-1}(after))`, and `V_0 = 0`.
 */
export function churnProbabilities(temper: Temper, weekday: number, horizonDays: number): readonly number[] {
  let later: readonly number[] = STATES.map(() => 0);
  for (let day = horizonDays - 1; day >= 0; day--) {
    const values = later;
    later = STATES.map((state, index) => {
      const active = activeProbability(temper, state, (weekday + day) % 7);
      return (1 - active) * values[index]! + active * afterActiveDay(temper, state, values);
    });
  }
  return later;
}

function afterActiveDay(temper: Temper, state: State, values: readonly number[]): number {
  const chances = experienceProbabilities(temper, state.level);
  let sum = 0;
  for (const experience of EXPERIENCES) {
    const moved: State = { level: state.level, mood: moodAfter(state.mood, experience) };
    const change = switchProbability(moved);
    const expected = (1 - change) * endOfDay(moved, values) + change * endOfDay(switched(moved), values);
    sum += chances[experience] * expected;
  }
  return sum;
}

function endOfDay(state: State, values: readonly number[]): number {
  const leaves = hazard(state);
  return leaves + (1 - leaves) * values[stateIndex(state)]!;
}
