import type { State, Temper } from './behaviour.ts';
import { FIRST_NAMES, LAST_NAMES, LOCATIONS, USER_AGENTS } from './names.ts';
import { cumulative, Random } from './random.ts';

export const MS_PER_SECOND = 1_000;
export const MS_PER_HOUR = 3_600_000;
export const MS_PER_DAY = 86_400_000;

/** Who a listener is: the fields that are the same in each of their events. */
export interface Person {
  readonly userId: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly gender: string;
  readonly location: string;
  readonly userAgent: string;
}

/** A listener, and where they are in their life with the service. */
export interface Listener {
  readonly person: Person;
  readonly temper: Temper;
  readonly random: Random;
  /** Songs of a usual visit: the median. */
  readonly songs: number;
  /** Hour of the day (UTC) they like best, 0 to 24. */
  readonly favouriteHour: number;
  /** Epoch milliseconds. Of one who has not come yet, the midnight before; the first visit sets the second. */
  registration: number;
  /** Registers within the period, on the day of `registration`. */
  readonly joins: boolean;
  state: State;
  /** Epoch milliseconds of the end of the last visit. */
  lastSeen: number;
  cancelled: boolean;
}

/** Share of listeners who register within the period; the others were there before. */
const JOINING_SHARE = 0.15;
/** Mean age of the registrations at the start, in days; published: 103 (quartiles 33, 76, 144, as an exponential's). */
const MEAN_REGISTRATION_AGE = 100;
/** Listening falls by half at the weekend, as published. Sunday first. */
const WEEKDAY = [0.55, 1.05, 0.95, 1.1, 1.05, 1.15, 0.6];
/** Visits begin before the hour with most events, because they last for hours. Midnight UTC first. */
const STARTS_BY_HOUR = cumulative([
  1, 0.95, 0.9, 0.95, 0.9, 0.8, 0.75, 0.7, 0.6, 0.6, 0.75, 0.9, 1.2, 1.5, 1.7, 1.6, 1.4, 1.2, 1, 0.9, 0.9, 0.9, 1, 1,
]);
const LOCATION_WEIGHTS = cumulative(LOCATIONS.map((_, rank) => 1 / (rank + 3)));
const USER_AGENT_WEIGHTS = cumulative(USER_AGENTS.map((_, rank) => 1 / (rank + 2)));
const START_MOOD = cumulative([0.45, 0.29, 0.16, 0.08, 0.02]);
const JOINING_MOOD = cumulative([0.6, 0.3, 0.1]);

/** Blocks of user ids that simulations draw from. */
const ID_BLOCKS = 9_000;
const IDS_IN_A_BLOCK = 100_000;

/**
 * The user id that a simulation's first listener has. Other options make other people, who may meet in one lake: ids that began at one for
 * each of them would make one listener of two.
 */
export function firstUserId(seed: number, users: number, days: number, start: number): number {
  const options = (users * 4_001 + days) * 40_009 + Math.floor(start / MS_PER_DAY);
  return new Random(seed, options).integer(1, ID_BLOCKS) * IDS_IN_A_BLOCK + 1;
}

/** Draws listener number `index`: the same for the same seed, whoever else is drawn. */
export function drawListener(seed: number, index: number, userId: number, start: number, days: number): Listener {
  const random = new Random(seed, index + 1);
  const joins = random.chance(JOINING_SHARE);
  const registration = joins
    ? start + random.integer(0, days - 1) * MS_PER_DAY
    : seconds(start - random.exponential(MEAN_REGISTRATION_AGE) * MS_PER_DAY) - MS_PER_SECOND;
  return {
    person: drawPerson(random, userId),
    temper: drawTemper(random),
    random,
    songs: random.lognormal(42, 0.4),
    favouriteHour: random.weighted(STARTS_BY_HOUR) + 0.5,
    registration,
    joins,
    state: drawState(random, joins),
    lastSeen: 0,
    cancelled: false,
  };
}

function drawPerson(random: Random, userId: number): Person {
  const gender = random.chance(0.525) ? 'M' : 'F';
  return {
    userId: String(userId),
    firstName: random.pick(FIRST_NAMES[gender]),
    lastName: random.pick(LAST_NAMES),
    gender,
    location: LOCATIONS[random.weighted(LOCATION_WEIGHTS)]!,
    userAgent: USER_AGENTS[random.weighted(USER_AGENT_WEIGHTS)]!,
  };
}

export function drawTemper(random: Random): Temper {
  const weekendPreference = random.lognormal(1, 0.3);
  return {
    activity: Math.min(0.9, random.lognormal(0.115, 0.75)),
    weekday: WEEKDAY.map((factor, day) => (day === 0 || day === 6 ? factor * weekendPreference : factor)),
    annoyance: Math.min(0.75, random.lognormal(0.15, 0.9)),
  };
}

/** Paying listeners are fewer than free ones at the start, and listen in more of the visits because free ones upgrade. */
export function drawState(random: Random, joins: boolean): State {
  return { level: random.chance(joins ? 0.2 : 0.6) ? 'paid' : 'free', mood: random.weighted(joins ? JOINING_MOOD : START_MOOD) };
}

/** Offset of a visit's start from midnight, in milliseconds: half of the time near the favourite hour, else as everybody. */
export function drawStart({ random, favouriteHour }: Listener): number {
  const common = random.weighted(STARTS_BY_HOUR) + random.uniform();
  const hour = random.chance(0.5) ? favouriteHour + 1.5 * random.normal() : common;
  return seconds((((hour % 24) + 24) % 24) * MS_PER_HOUR);
}

/** Events are stamped in whole seconds, as the published ones are. */
export function seconds(ms: number): number {
  return Math.floor(ms / MS_PER_SECOND) * MS_PER_SECOND;
}
