import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xorshift128plus } from 'pure-rand/generator/xorshift128plus';
import { STAR } from '../../lib/contracts/star/index.ts';
import type { QueryableWarehouse } from '../../lib/report/rows.ts';
import type { RunFacts } from '../../lib/report/run.tsx';
import type { SongplaysData } from '../../lib/report/songplays-data.ts';

/** A row of `songplays`, as the contract names its columns. */
export interface Play {
  readonly songplay_id: string;
  readonly start_time: string;
  readonly user_id: string | null;
  readonly level: string | null;
  readonly song_id: string | null;
  readonly artist_id: string | null;
  readonly session_id: number;
  readonly location: string | null;
  readonly user_agent: string | null;
  readonly song_title: string | null;
  readonly artist_name: string | null;
  readonly length: number | null;
}

export interface CatalogueSong {
  readonly song_id: string;
  readonly title: string;
  readonly artist_id: string;
  readonly artist_name: string;
  readonly duration: number;
}

/** One play, a minute after the one before it. */
export function play(id: number, change: Partial<Play> = {}): Play {
  return {
    songplay_id: `play-${id}`,
    start_time: new Date(Date.UTC(2018, 10, 1) + id * 61_000).toISOString(),
    user_id: '1',
    level: 'free',
    song_id: null,
    artist_id: null,
    session_id: 1,
    location: 'Dallas-Fort Worth-Arlington, TX',
    user_agent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 7_1)',
    song_title: 'Undo',
    artist_name: 'Björk',
    length: 180,
    ...change,
  };
}

const AGENTS = [
  'Mozilla/5.0 (Windows NT 6.1; WOW64)',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_4)',
  'Mozilla/5.0 (X11; Ubuntu; Linux x86_64)',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 7_1)',
  'curl/8.0',
  null,
];
const PLACES = ['Dallas-Fort Worth-Arlington, TX', 'San Francisco-Oakland-Hayward, CA', 'Lansing-East Lansing, MI', 'Waterloo, IA', null];
const TITLES = ['Undo', 'You’re The One', '夜に駆ける', 'عم يقولون', '<b>Bold</b>', null];
const ARTISTS = ['Björk', 'Dwight Yoakam', 'YOASOBI', null];

export const CATALOGUE: readonly CatalogueSong[] = [
  { song_id: 'S1', title: 'Undo', artist_id: 'A1', artist_name: 'Björk', duration: 200 },
  // Another length of the same song, and a song whose artist goes by another name in the table of artists.
  { song_id: 'S2', title: 'Undo', artist_id: 'A1', artist_name: 'Björk', duration: 300 },
  { song_id: 'S3', title: '夜に駆ける', artist_id: 'A2', artist_name: 'YOASOBI', duration: 260 },
];
export const ARTIST_NAMES: Readonly<Record<string, string>> = { A1: 'Björk', A2: 'YOASOBI feat. Ayase' };

/** Plays over `days`, drawn from a fixed seed: every column takes each of its values, null among them. */
export function somePlays(amount: number, days: number): Play[] {
  const generator = xorshift128plus(5);
  const random = () => uniformFloat64(generator);
  const pick = <Value>(values: readonly Value[]) => values[Math.floor(random() ** 1.5 * values.length)] as Value;
  return Array.from({ length: amount }, (_, id) => {
    const title = pick(TITLES);
    const artist = pick(ARTISTS);
    const user_id = pick(['1', '2', '3', '4', '5', '6', null]);
    const length = pick([200, 300, 260, 180.5, null]);
    const found = CATALOGUE.find((song) => song.title === title && song.artist_name === artist && song.duration === length);
    return play(id, {
      start_time: new Date(Date.UTC(2018, 10, 1, 5) + Math.floor(random() * days * 86_400_000)).toISOString(),
      user_id,
      level: user_id === '6' ? 'paid' : pick(['free', 'paid', 'trial', null]),
      song_id: found?.song_id ?? null,
      artist_id: found?.artist_id ?? null,
      location: pick(PLACES),
      user_agent: pick(AGENTS),
      song_title: title,
      artist_name: artist,
      length,
    });
  });
}

/** A page's data, counted by hand: twelve plays from Thursday, 1 November, to Friday, 9 November 2018. */
export function dataFixture(change: Partial<SongplaysData> = {}): SongplaysData {
  return {
    totals: {
      ...{ plays: 12, listeners: 4, hours: 0.75, found: 3, untitled: 1, placeless: 2 },
      ...{ first: Date.UTC(2018, 10, 1, 8) / 1000, last: Date.UTC(2018, 10, 9, 17, 59, 59) / 1000 },
    },
    catalogue: { songs: 2, artists: 1 },
    songs: {
      items: [
        { name: 'Undo', artist: 'Björk', plays: 8, listeners: 3, found: 2 },
        { name: '夜に駆ける', artist: 'YOASOBI', plays: 2, listeners: 2, found: 0 },
        { name: 'Sehr kosmisch', artist: null, plays: 1, listeners: 1, found: 1 },
      ],
      inAll: 3,
    },
    artists: { items: [{ name: 'Björk', artist: null, plays: 8, listeners: 3, found: 2 }], inAll: 41 },
    slots: [
      { weekday: 0, hour: 0, plays: 2 },
      { weekday: 4, hour: 8, plays: 6 },
      { weekday: 5, hour: 17, plays: 3 },
      { weekday: 6, hour: 23, plays: 1 },
    ],
    subscriptions: [
      { subscription: 'free', plays: 9, listeners: 4, hours: 0.5 },
      { subscription: 'paid', plays: 3, listeners: 1, hours: 0.25 },
    ],
    changed: 1,
    unit: 'day',
    periods: [
      { begins: '2018-11-01', subscription: 'free', plays: 6, listeners: 3 },
      { begins: '2018-11-03', subscription: 'free', plays: 1, listeners: 1 },
      { begins: '2018-11-04', subscription: 'free', plays: 2, listeners: 1 },
      { begins: '2018-11-09', subscription: 'paid', plays: 3, listeners: 1 },
    ],
    places: {
      items: [
        { name: 'Waterloo, IA', plays: 7, listeners: 2 },
        { name: 'Lansing, MI', plays: 3, listeners: 2 },
      ],
      inAll: 2,
    },
    devices: [
      { name: 'iPhone', plays: 9, listeners: 4 },
      { name: 'not known', plays: 3, listeners: 1 },
    ],
    ...change,
  };
}

/** A run that staged two data sets, with files left out and records refused. */
export function runFixture(change: Partial<RunFacts> = {}): RunFacts {
  return {
    input: ['logs: log_data', 'songs: song_data'],
    startedAt: '2026-07-31T09:14:05.120Z',
    seconds: 41.2,
    steps: [
      { name: 'stage-events', seconds: 2, rowsIn: 8_058, rowsOut: 8_056 },
      { name: 'stage-songs', seconds: 0.8, rowsIn: 71, rowsOut: 71 },
    ],
    staged: {
      listening_events: {
        ...{ files: 30, alreadyStaged: 4, rows: 8_056, rejected: 2, duplicateFiles: ['copy.json'], otherFiles: ['.DS_Store', 'notes.txt'] },
        rejects: [
          { source: '2018-11-02.json', line: 17, reason: 'ts must be epoch milliseconds, got null' },
          { source: '2018-11-05.json', line: 1_208, reason: 'the line is not JSON: Unexpected end of JSON input' },
        ],
      },
      catalogue_songs: { files: 71, alreadyStaged: 0, rows: 71, rejected: 0, duplicateFiles: [], otherFiles: [], rejects: [] },
    },
    warehouse: { engine: 'pglite 18.6', tables: { songplays: 6_820, users: 96, songs: 71, artists: 69, time: 6_813 } },
    ...change,
  };
}

/** A warehouse of one play (and four rows in each table), as drivers answer: sums as text, counts as numbers. */
export const oneSongplay: QueryableWarehouse = {
  query(sql) {
    const listening = { plays: 1, listeners: 1 };
    if (sql.includes('information_schema')) return Promise.resolve(STAR.map(({ name }) => ({ table_name: name })));
    if (/count\(\*\) as row_count/i.test(sql)) return Promise.resolve([{ row_count: 4 }]);
    if (sql.includes('first_second')) {
      const instant = { first_second: '1541059200', last_second: '1541059200' };
      return Promise.resolve([{ ...listening, hours: '0.05', found: 1, untitled: 0, placeless: 1, ...instant }]);
    }
    if (sql.includes('as artists')) return Promise.resolve([{ songs: 71, artists: 69 }]);
    if (sql.includes('millrace.songs s')) return Promise.resolve([{ name: 'Zoë <b>', artist: 'Björk', ...listening, found: 1, in_all: 1 }]);
    if (sql.includes('t.weekday')) return Promise.resolve([{ weekday: 4, hour: 8, plays: 1 }]);
    if (sql.includes('date_trunc')) return Promise.resolve([{ begins: '1541030400.000000', subscription: 'paid', ...listening }]);
    if (sql.includes('as subscription')) return Promise.resolve([{ subscription: 'paid', ...listening, hours: '0.05' }]);
    return Promise.resolve([]);
  },
};
