import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { STAR } from '../../lib/contracts/star/index.ts';
import { tableDdl } from '../../lib/contracts/render/ddl.ts';
import type { QueryableWarehouse } from '../../lib/report/rows.ts';
import { fetchSongplaysData } from '../../lib/report/songplays-data.ts';
import { ARTIST_NAMES, CATALOGUE, play, somePlays, type CatalogueSong, type Play } from './songplays-fixture.ts';

let database: PGlite;
const warehouse: QueryableWarehouse = { query: async (sql, params) => (await database.query<Record<string, unknown>>(sql, params)).rows };

beforeAll(async () => {
  database = new PGlite();
  // Another time zone than UTC: what is asked for in UTC must not depend on the server's.
  await database.exec(`create schema millrace; set time zone 'Asia/Tokyo'`);
  for (const dataset of STAR) await database.exec(tableDdl('postgresql', 'millrace', dataset).join(';'));
}, 60_000);
afterAll(() => database.close());

async function insert(table: string, rows: readonly object[]) {
  if (rows.length === 0) return;
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].join(', ');
  await database.query(
    `insert into millrace."${table}" (${columns}) select ${columns} from json_populate_recordset(null::millrace."${table}", $1)`,
    [JSON.stringify(rows)],
  );
}

/** Fills the star with these plays alone, and what follows from them. */
async function fill(plays: readonly Play[], catalogue: readonly CatalogueSong[] = []) {
  await database.exec(STAR.map(({ name }) => `truncate millrace."${name}"`).join(';'));
  await insert('songplays', plays);
  await insert('songs', catalogue);
  const artists = [...new Set(catalogue.map(({ artist_id }) => artist_id))];
  await insert('artists', artists.map((id) => ({ artist_id: id, name: ARTIST_NAMES[id] }))); // prettier-ignore
  await insert(
    'time',
    [...new Set(plays.map(({ start_time }) => start_time))].map((start) => {
      const at = new Date(start);
      return {
        ...{ start_time: start, hour: at.getUTCHours(), day: at.getUTCDate(), week: 1, month: at.getUTCMonth() + 1 },
        ...{ year: at.getUTCFullYear(), weekday: at.getUTCDay() },
      };
    }),
  );
}

/** Counted in plain JavaScript, for comparison: plays and listeners by a key; rows whose key is null make no group. */
function grouped<Key extends string>(plays: readonly Play[], keyOf: (play: Play) => Key | null) {
  const groups = new Map<Key, Play[]>();
  for (const each of plays) {
    const key = keyOf(each);
    if (key !== null) groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return Object.fromEntries([...groups].map(([key, of]) => [key, { plays: of.length, listeners: listenersOf(of) }]));
}

const listenersOf = (plays: readonly Play[]) => new Set(plays.flatMap(({ user_id }) => user_id ?? [])).size;
const hoursOf = (plays: readonly Play[]) => plays.reduce((sum, { length }) => sum + (length ?? 0), 0) / 3600;
const byKey = <Item extends { plays: number; listeners: number }>(items: readonly Item[], keyOf: (item: Item) => string) =>
  Object.fromEntries(items.map((item) => [keyOf(item), { plays: item.plays, listeners: item.listeners }]));
const planOf = ({ level }: Play) => (level === 'free' || level === 'paid' ? level : 'other');

test('a star without a play gives no figure, and an empty list of each kind', async () => {
  const none = { items: [], inAll: 0 };
  expect(await fetchSongplaysData(warehouse)).toEqual({
    totals: null,
    catalogue: { songs: 0, artists: 0 },
    songs: none,
    artists: none,
    slots: [],
    subscriptions: [],
    changed: 0,
    unit: 'day',
    periods: [],
    places: none,
    devices: [],
  });
});

describe('every figure is what counting the plays one by one gives', () => {
  const plays = somePlays(900, 40);
  let data: Awaited<ReturnType<typeof fetchSongplaysData>>;
  beforeAll(async () => {
    await fill(plays, CATALOGUE);
    data = await fetchSongplaysData(warehouse);
  });
  const title = ({ song_title }: Play) => song_title;
  const count = (holds: (each: Play) => boolean) => plays.filter(holds).length;

  test('in all', () => {
    const times = plays.map(({ start_time }) => Math.floor(Date.parse(start_time) / 1000));
    expect(data.totals).toEqual({
      plays: 900,
      listeners: listenersOf(plays),
      hours: expect.closeTo(hoursOf(plays), 6) as number,
      found: count(({ song_id }) => song_id !== null),
      untitled: count(({ song_title }) => song_title === null),
      placeless: count(({ location }) => location === null),
      first: Math.min(...times),
      last: Math.max(...times),
    });
    expect(data.catalogue).toEqual({ songs: 3, artists: 2 });
    const known = new Set(plays.flatMap(({ user_id }) => user_id ?? []));
    const played = (user: string, level: string) => plays.some((each) => each.user_id === user && each.level === level);
    expect(data.changed).toBe([...known].filter((user) => played(user, 'free') && played(user, 'paid')).length);
  });

  test('by song: two lengths of one song are one, and plays outside the catalogue count with those in it', () => {
    const expected = grouped(plays, (each) => title(each) && `${each.song_title}|${each.artist_name}`);
    expect(byKey(data.songs.items, ({ name, artist }) => `${name}|${artist}`)).toEqual(expected);
    expect(data.songs.inAll).toBe(Object.keys(expected).length);
    const undo = data.songs.items.find(({ name, artist }) => name === 'Undo' && artist === 'Björk')!;
    expect(undo.found).toBe(count(({ song_id }) => song_id === 'S1' || song_id === 'S2'));
    expect(undo.found).toBeLessThan(undo.plays);
  });

  test('by artist: those of the catalogue by their name there', () => {
    const expected = grouped(plays, (each) => (each.artist_id ? ARTIST_NAMES[each.artist_id]! : each.artist_name));
    expect(Object.keys(expected)).toContain('YOASOBI feat. Ayase');
    expect(byKey(data.artists.items, ({ name }) => name)).toEqual(expected);
  });

  test('by hour and weekday, UTC', () => {
    const at = ({ start_time }: Play) => new Date(start_time);
    const expected = grouped(plays, (each) => `${at(each).getUTCDay()}|${at(each).getUTCHours()}`);
    expect(Object.fromEntries(data.slots.map(({ weekday, hour, plays }) => [`${weekday}|${hour}`, plays]))).toEqual(
      Object.fromEntries(Object.entries(expected).map(([key, { plays }]) => [key, plays])),
    );
  });

  test('by subscription, in this order', () => {
    expect(byKey(data.subscriptions, ({ subscription }) => subscription)).toEqual(grouped(plays, planOf));
    expect(data.subscriptions.map(({ subscription }) => subscription)).toEqual(['free', 'paid', 'other']);
    for (const { subscription, hours } of data.subscriptions)
      expect(hours).toBeCloseTo(hoursOf(plays.filter((each) => planOf(each) === subscription)), 6);
  });

  test('by day and subscription', () => {
    expect(data.unit).toBe('day');
    const expected = grouped(plays, (each) => `${each.start_time.slice(0, 10)}|${planOf(each)}`);
    expect(byKey(data.periods, ({ begins, subscription }) => `${begins}|${subscription}`)).toEqual(expected);
    expect(data.periods.map(({ begins }) => begins)).toEqual(data.periods.map(({ begins }) => begins).toSorted());
  });

  test('by place', () => {
    expect(byKey(data.places.items, ({ name }) => name)).toEqual(grouped(plays, ({ location }) => location));
    expect(data.places.inAll).toBe(4);
  });

  test('by device', () => {
    const names: Record<string, string> = { Windows: 'Windows', Macintosh: 'Mac', X11: 'Linux', iPhone: 'iPhone', curl: 'other' };
    const device = ({ user_agent }: Play) =>
      user_agent === null ? 'not known' : names[Object.keys(names).find((each) => user_agent.includes(each))!]!;
    expect(byKey(data.devices, ({ name }) => name)).toEqual(grouped(plays, device));
  });

  test('lists come with the most played first', () => {
    for (const { items } of [data.songs, data.artists, data.places])
      expect(items.map(({ plays }) => plays)).toEqual(items.map(({ plays }) => plays).toSorted((a, b) => b - a));
  });
});

test('lists are cut off, and say how long they would be', async () => {
  await fill(
    Array.from({ length: 30 }, (_, id) => play(id, { song_title: `Song ${id % 7}`, artist_name: `A ${id % 5}`, location: `P ${id % 6}` })),
  );
  const { songs, artists, places } = await fetchSongplaysData(warehouse, { most: 3 });
  expect([songs, artists, places].map(({ items, inAll }) => [items.length, inAll])).toEqual([
    [3, 30],
    [3, 5],
    [3, 6],
  ]);
});

test.each([
  { days: 200, unit: 'week', begins: ['2018-10-29', '2019-05-20'] },
  { days: 800, unit: 'month', begins: ['2018-11-01', '2021-01-01'] },
])('$days days are drawn by the $unit, which begins where the calendar says', async ({ days, unit, begins }) => {
  // The last second of a day in UTC is the next day in Tokyo.
  const last = new Date(Date.UTC(2018, 10, 1 + days, 23, 59, 59)).toISOString();
  await fill([play(0, { start_time: '2018-11-01T00:00:00.900Z' }), play(1, { start_time: last })]);
  const data = await fetchSongplaysData(warehouse);
  expect(data.unit).toBe(unit);
  expect(data.periods.map((each) => each.begins)).toEqual(begins);
  expect(data.totals?.first).toBe(Date.UTC(2018, 10, 1) / 1000);
});

test('blank texts name nothing', async () => {
  await fill([play(0, { song_title: '', artist_name: '', location: '', user_agent: '', user_id: null, level: '', length: null })]);
  const data = await fetchSongplaysData(warehouse);
  expect(data.totals).toMatchObject({ plays: 1, listeners: 0, hours: 0, untitled: 1, placeless: 1 });
  expect([data.songs.inAll, data.artists.inAll, data.places.inAll]).toEqual([0, 0, 0]);
  expect(data.subscriptions).toEqual([{ subscription: 'other', plays: 1, listeners: 0, hours: 0 }]);
  expect(data.devices).toEqual([{ name: 'not known', plays: 1, listeners: 0 }]);
});
