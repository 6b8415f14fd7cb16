import { activeProbability, churnProbabilities, liveDay, stateIndex } from './behaviour.ts';
import { Catalogue } from './catalogue.ts';
import { drawListener, drawStart, firstUserId, type Listener, MS_PER_DAY, MS_PER_HOUR } from './listeners.ts';
import { type PageView, type Plan, visit } from './visit.ts';

export interface Simulation {
  readonly users: number;
  readonly days: number;
  readonly seed: number;
  /** Epoch milliseconds of the first midnight (UTC). */
  readonly start: number;
  readonly horizonDays: number;
}

/** The true probability that a listener there at midnight `cutoff` (epoch milliseconds) cancels within the horizon. */
export interface Truth {
  readonly userId: string;
  readonly cutoff: number;
  readonly probability: number;
}

/** What {@link simulate} yields: an hour's page views, sorted by time, or what is true of the listeners at the midnight that ends a day. */
export type Happening = { readonly views: readonly PageView[] } | { readonly truths: readonly Truth[] };

const HOURS = 24;
/** Latest start of a visit, from midnight: its first events belong to the day whose step of the chain it is. */
const LATEST_START = 23.5 * MS_PER_HOUR;
/** Latest start of a visit that ends in a cancellation, which has to be over at midnight. */
const LATEST_LAST_START = 20 * MS_PER_HOUR;
/** A visit that runs on past midnight is over at noon. */
const LATEST_END = 1.5 * MS_PER_DAY;
const BREAK = 0.5 * MS_PER_HOUR;

/**
 * Everything that happens, in order of time: 24 hours of page views, then the truths of the midnight after them, and so on for each day.
 * Memory grows with the listeners, not with the days: only the visits under way are held. What is viewed after the last day is left out.
 */
export function* simulate({ users, days, seed, start, horizonDays }: Simulation): Generator<Happening> {
  const catalogue = new Catalogue();
  const firstId = firstUserId(seed, users, days, start);
  const listeners = Array.from({ length: users }, (_, index) => drawListener(seed, index, firstId + index, start, days));
  const truthOf = truthTable(horizonDays);
  const hours = new Map<number, PageView[]>();
  let sessionId = 0;
  for (let day = 0; day < days; day++) {
    const midnight = start + day * MS_PER_DAY;
    const plans = plansOfDay(listeners, midnight);
    let next = 0;
    for (let hour = 1; hour <= HOURS; hour++) {
      const hourEnd = midnight + hour * MS_PER_HOUR;
      for (; next < plans.length && plans[next]!.start < hourEnd; next++) file(visit(plans[next]!, ++sessionId, catalogue), hours);
      yield { views: takeHour(hours, hourEnd - MS_PER_HOUR) };
    }
    yield { truths: truthsAt(listeners, midnight + MS_PER_DAY, truthOf) };
  }
}

function plansOfDay(listeners: readonly Listener[], midnight: number): Plan[] {
  const plans = listeners.map((listener) => planDay(listener, midnight)).filter((plan) => plan !== undefined);
  return plans.sort((a, b) => a.start - b.start);
}

/** One step of the chain, and the visit that shows it; undefined on a day without one. */
function planDay(listener: Listener, midnight: number): Plan | undefined {
  if (listener.cancelled || listener.registration > midnight) return undefined;
  const { temper, random } = listener;
  const registers = listener.joins && listener.registration === midnight;
  if (!registers && !random.chance(activeProbability(temper, listener.state, weekdayOf(midnight)))) return undefined;
  const levelBefore = listener.state.level;
  const outcome = liveDay(temper, listener.state, random);
  listener.state = outcome.state;
  listener.cancelled = outcome.cancelled;
  const latest = outcome.cancelled ? LATEST_LAST_START : LATEST_START;
  const start = Math.max(midnight + Math.min(latest, drawStart(listener)), listener.lastSeen + BREAK);
  return { listener, start, limit: midnight + (outcome.cancelled ? MS_PER_DAY : LATEST_END), levelBefore, outcome, registers };
}

/** Puts page views into the lists of their hours. */
function file(views: readonly PageView[], hours: Map<number, PageView[]>): void {
  for (const view of views) {
    const hour = view.ts - (view.ts % MS_PER_HOUR);
    const list = hours.get(hour);
    if (list) list.push(view);
    else hours.set(hour, [view]);
  }
}

function takeHour(hours: Map<number, PageView[]>, hour: number): PageView[] {
  const views = hours.get(hour) ?? [];
  hours.delete(hour);
  return views.sort((a, b) => a.ts - b.ts);
}

function truthsAt(listeners: readonly Listener[], cutoff: number, truthOf: ReturnType<typeof truthTable>): Truth[] {
  const there = listeners.filter((listener) => !listener.cancelled && listener.registration < cutoff);
  const weekday = weekdayOf(cutoff);
  return there.map((listener) => ({ userId: listener.person.userId, cutoff, probability: truthOf(listener, weekday) }));
}

/** Looks probabilities up: they depend on the weekday only, so seven tables a listener do for all cut-offs. */
function truthTable(horizonDays: number): (listener: Listener, weekday: number) => number {
  const tables = new Map<Listener, (readonly number[])[]>();
  return (listener, weekday) => {
    const table = tables.get(listener) ?? [];
    tables.set(listener, table);
    table[weekday] ??= churnProbabilities(listener.temper, weekday, horizonDays);
    return table[weekday][stateIndex(listener.state)]!;
  };
}

/** 0 is Sunday. */
function weekdayOf(midnight: number): number {
  return new Date(midnight).getUTCDay();
}
