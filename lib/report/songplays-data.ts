import { numberOrNull, textOrNull, type QueryableWarehouse, type Row } from './rows.ts';
import * as queries from './songplays-queries.ts';

export interface Listening {
  readonly plays: number;
  /** Who can be told apart: plays without a listener are not counted here. */
  readonly listeners: number;
}

export interface Totals extends Listening {
  /** Of the songs started, whole. */
  readonly hours: number;
  /** Plays whose song is in the catalogue. */
  readonly found: number;
  /** Plays that name no song. */
  readonly untitled: number;
  /** Plays that name no place. */
  readonly placeless: number;
  /** When the first and the last song were started, epoch seconds. */
  readonly first: number;
  readonly last: number;
}

/** A song, or an artist, and how often it was played. A song goes by its title and artist, an artist by the name. */
export interface Played extends Listening {
  /** Null for an artist, and for a song that the log names no artist of. */
  readonly artist: string | null;
  readonly name: string;
  /** Plays that the catalogue has the song of. */
  readonly found: number;
}

/** A list that is cut off, and how long it would be. */
export interface Top<Item> {
  readonly items: readonly Item[];
  readonly inAll: number;
}

export interface Slot {
  /** 0 (Sunday) to 6. */
  readonly weekday: number;
  /** 0 to 23, UTC. */
  readonly hour: number;
  readonly plays: number;
}

export const SUBSCRIPTIONS = ['free', 'paid', 'other'] as const;
/** `other` is what the log calls neither free nor paid. */
export type Subscription = (typeof SUBSCRIPTIONS)[number];

export interface SubscriptionListening extends Listening {
  readonly subscription: Subscription;
  readonly hours: number;
}

export type Unit = 'day' | 'week' | 'month';

export interface PeriodListening extends Listening {
  readonly subscription: Subscription;
  /** `YYYY-MM-DD`: the first day of the day, week or month. */
  readonly begins: string;
}

export interface NamedListening extends Listening {
  readonly name: string;
}

export interface SongplaysData {
  /** Null where no song was played: all lists are empty then. */
  readonly totals: Totals | null;
  /** Rows of the catalogue's tables. */
  readonly catalogue: { readonly songs: number; readonly artists: number };
  readonly songs: Top<Played>;
  readonly artists: Top<Played>;
  readonly slots: readonly Slot[];
  readonly subscriptions: readonly SubscriptionListening[];
  /** Listeners who played songs both as free and as paid ones. */
  readonly changed: number;
  /** What `periods` are. */
  readonly unit: Unit;
  /** Oldest first; a period without plays is left out. */
  readonly periods: readonly PeriodListening[];
  readonly places: Top<NamedListening>;
  readonly devices: readonly NamedListening[];
}

/** The rows a songplays report needs, summed up by the warehouse. Of songs, artists and places only the first `most`: the page must stay small. */
export async function fetchSongplaysData(warehouse: QueryableWarehouse, { most = 100 } = {}): Promise<SongplaysData> {
  // One after the other: a local warehouse has one connection.
  const totals = toTotals((await warehouse.query(queries.TOTALS))[0]);
  const unit = unitFor(totals);
  return {
    totals,
    catalogue: toCatalogue((await warehouse.query(queries.CATALOGUE))[0]),
    songs: top(await warehouse.query(queries.SONGS, [most]), toPlayed),
    artists: top(await warehouse.query(queries.ARTISTS, [most]), toPlayed),
    slots: (await warehouse.query(queries.SLOTS)).map(toSlot),
    subscriptions: (await warehouse.query(queries.SUBSCRIPTIONS)).map(toSubscription).toSorted(bySubscription),
    changed: Number((await warehouse.query(queries.CHANGED))[0]?.['listeners'] ?? 0),
    unit,
    periods: (await warehouse.query(queries.periods(unit))).map(toPeriod),
    places: top(await warehouse.query(queries.PLACES, [most]), toNamed),
    devices: (await warehouse.query(queries.DEVICES)).map(toNamed),
  };
}

const DAY_SECONDS = 24 * 60 * 60;

/** Days (UTC) from the first play's to the last one's, both counted. */
export function daysOf({ first, last }: Pick<Totals, 'first' | 'last'>): number {
  return Math.floor(last / DAY_SECONDS) - Math.floor(first / DAY_SECONDS) + 1;
}

/** As fine as a drawing has room for. */
function unitFor(totals: Totals | null): Unit {
  const days = totals ? daysOf(totals) : 0;
  if (days <= 92) return 'day';
  return days <= 2 * 366 ? 'week' : 'month';
}

function toTotals(row: Row | undefined): Totals | null {
  if (!row || Number(row['plays']) === 0) return null;
  return {
    ...toListening(row),
    hours: numberOrNull(row['hours']) ?? 0,
    found: Number(row['found']),
    untitled: Number(row['untitled']),
    placeless: Number(row['placeless']),
    first: Number(row['first_second']),
    last: Number(row['last_second']),
  };
}

function toListening(row: Row): Listening {
  return { plays: Number(row['plays']), listeners: Number(row['listeners']) };
}

function toCatalogue(row: Row | undefined): SongplaysData['catalogue'] {
  return { songs: Number(row?.['songs'] ?? 0), artists: Number(row?.['artists'] ?? 0) };
}

function top<Item>(rows: readonly Row[], toItem: (row: Row) => Item): Top<Item> {
  return { items: rows.map(toItem), inAll: Number(rows[0]?.['in_all'] ?? 0) };
}

function toPlayed(row: Row): Played {
  return { name: String(row['name']), artist: textOrNull(row['artist']), ...toListening(row), found: Number(row['found']) };
}

function toNamed(row: Row): NamedListening {
  return { name: String(row['name']), ...toListening(row) };
}

function toSlot(row: Row): Slot {
  return { weekday: Number(row['weekday']), hour: Number(row['hour']), plays: Number(row['plays']) };
}

function toSubscription(row: Row): SubscriptionListening {
  return { subscription: row['subscription'] as Subscription, ...toListening(row), hours: numberOrNull(row['hours']) ?? 0 };
}

function bySubscription(left: SubscriptionListening, right: SubscriptionListening): number {
  return SUBSCRIPTIONS.indexOf(left.subscription) - SUBSCRIPTIONS.indexOf(right.subscription);
}

function toPeriod(row: Row): PeriodListening {
  const begins = new Date(Number(row['begins']) * 1000).toISOString().slice(0, 10);
  return { begins, subscription: row['subscription'] as Subscription, ...toListening(row) };
}
