import { beforeEach, describe, expect, test } from 'vitest';
import { listeningEvent } from '../../lib/contracts/listening-event.ts';
import { song } from '../../lib/contracts/song.ts';
import { time } from '../../lib/contracts/star/time.ts';
import { prepareWarehouse } from '../../lib/local/warehouse/prepare.ts';
import { buildStatements } from '../../lib/warehouse/star.ts';
import { describeEngines } from './engines.ts';
import { stageRows } from './staged-rows.ts';
import { runStar, starOf } from './star-run.ts';

const START = Date.UTC(2024, 4, 1, 12);

/** A song that is started, `minute` minutes after noon. */
const play = (minute: number, change: object = {}) => ({
  ts: START + minute * 60_000,
  userId: '7',
  sessionId: 1,
  itemInSession: minute,
  page: 'NextSong',
  level: 'free',
  song: 'One',
  artist: 'Band',
  length: 200,
  ...change,
});
const catalogued = (id: string, change: object = {}) => ({
  song_id: id,
  title: 'One',
  artist_id: `A-${id}`,
  artist_name: 'Band',
  artist_location: '',
  artist_latitude: null,
  artist_longitude: null,
  duration: 200,
  year: 0,
  num_songs: 1,
  ...change,
});

describeEngines('the star', (engine) => {
  beforeEach(() => prepareWarehouse(engine.warehouse));

  let files = 0;
  const stage = (source: typeof listeningEvent | typeof song, records: readonly object[], change: { file?: string; at?: string } = {}) =>
    stageRows(engine.warehouse, { source, file: `file-${++files}`, records, ...change });
  const logs = (...records: object[]) => stage(listeningEvent, records);
  const songs = (...records: object[]) => stage(song, records);
  const run = () => runStar({ warehouse: engine.warehouse });
  const star = () => starOf(engine.warehouse);
  const found = async () => (await star())['songplays']!.map(({ song_id: id }) => id);

  describe('songplays', () => {
    test('has one row a song started, whoever started it, and none for other page views', async () => {
      await logs(
        play(0),
        play(1, { userId: '' }),
        play(2, { page: 'Home', song: null }),
        play(3, { song: null, artist: null, length: null }),
      );
      expect(await run()).toMatchObject({ songplays: 3, users: 1, time: 3 });
      const { songplays } = await star();
      expect(songplays!.map(({ start_time: time, user_id: user, song_title: title }) => [(time as Date).getTime(), user, title])).toEqual([
        [START, '7', 'One'],
        [START + 60_000, null, 'One'],
        [START + 180_000, '7', null],
      ]);
    });

    test.each<[string, object[], string | null]>([
      ['a song of that title and artist, and about that length', [catalogued('S1', { duration: 200.9 })], 'S1'],
      ['a song exactly a second shorter', [catalogued('S1', { duration: 199 })], 'S1'],
      ['none that is more than a second longer', [catalogued('S1', { duration: 201.01 })], null],
      ['none of another artist', [catalogued('S1', { artist_name: 'Bond' })], null],
      ['none of another spelling', [catalogued('S1', { title: 'one' })], null],
      ['the nearest of several', [catalogued('S1', { duration: 200.5 }), catalogued('S2', { duration: 199.6 })], 'S2'],
      ['of two as near as each other the smaller one, by bytes', [catalogued('a'), catalogued('B'), catalogued('é')], 'B'],
    ])('finds %s', async (_, catalogue, expected) => {
      await songs(...catalogue);
      await logs(play(0), play(1));
      await run();
      expect(await found()).toEqual([expected, expected]);
      expect((await star())['songplays']![0]!['artist_id']).toBe(expected && `A-${expected}`);
    });

    test('finds songs that come later, and forgets those that were mended', async () => {
      await logs(play(0), play(1, { song: 'Two' }));
      await run();
      expect(await found()).toEqual([null, null]);

      await songs(catalogued('S1'));
      expect(await run()).toMatchObject({ songplays: 1, users: 0, songs: 1, artists: 1, time: 0 });
      expect(await found()).toEqual(['S1', null]);

      await stage(song, [catalogued('S1', { title: 'Two' })], { at: '2024-06-02T00:00:00Z' });
      expect(await run()).toMatchObject({ songplays: 2 });
      expect(await found()).toEqual([null, 'S1']);
    });

    test('has one row of an event that comes again, together with its song', async () => {
      await logs(play(0), play(1));
      await run();
      await songs(catalogued('S1'));
      await logs(play(0, { location: 'mended' }));
      expect(await run()).toMatchObject({ songplays: 2 });
      expect((await star())['songplays']).toMatchObject([
        { location: 'mended', song_id: 'S1' },
        { location: null, song_id: 'S1' },
      ]);
    });

    test('keeps what it found when its events come again', async () => {
      await songs(catalogued('S1'));
      await logs(play(0));
      await run();
      await logs(play(0), play(1));
      expect(await run()).toMatchObject({ songplays: 2 });
      expect(await found()).toEqual(['S1', 'S1']);
    });
  });

  describe('of rows with the same key', () => {
    const locations = async () => (await star())['songplays']!.map(({ location }) => location);

    test.each<[string, { at?: string; file?: string }[]]>([
      [
        'the one staged last counts',
        [
          { at: '2024-06-02T00:00:00Z', file: 'a' },
          { at: '2024-06-01T00:00:00Z', file: 'b' },
        ],
      ],
      ['staged at the same time, the one of the greater file', [{ file: 'b' }, { file: 'a' }]],
      ['by bytes', [{ file: 'a' }, { file: 'B' }]],
    ])('%s', async (_, [winner, loser]) => {
      for (const [about, location] of [
        [winner, 'winner'],
        [loser, 'loser'],
      ] as const) {
        await stage(listeningEvent, [play(0, { location })], about);
      }
      await run();
      expect(await locations()).toEqual(['winner']);
    });

    test('of one file, the one of the later line counts', async () => {
      await logs(play(0, { location: 'first' }), play(1, { location: 'other' }), play(0, { location: 'last' }));
      expect(await run()).toMatchObject({ songplays: 2 });
      expect(await locations()).toEqual(['last', 'other']);
    });

    test('one that is published stays where the new one does not count', async () => {
      await stage(listeningEvent, [play(0, { location: 'published' })], { at: '2024-06-02T00:00:00Z' });
      await run();
      await stage(listeningEvent, [play(0, { location: 'of a clock that was late' })], { at: '2024-06-01T00:00:00Z' });
      await run();
      expect(await locations()).toEqual(['published']);
    });
  });

  describe('users', () => {
    const levels = async () => Object.fromEntries((await star())['users']!.map(({ user_id: user, level }) => [String(user), level]));

    test('have the level of their last song, songplays that of the moment', async () => {
      await logs(play(5, { level: 'paid' }), play(0), play(9, { userId: '8' }), play(7, { page: 'Upgrade', level: 'other' }));
      await run();
      expect(await levels()).toEqual({ 7: 'paid', 8: 'free' });
      expect((await star())['songplays']!.map(({ level }) => level)).toEqual(['free', 'paid', 'free']);
    });

    test('keep it when older files come later, and change it with a newer one', async () => {
      await logs(play(5, { level: 'paid' }));
      await run();
      await logs(play(0), play(1));
      expect(await run()).toMatchObject({ users: 1 });
      expect(await levels()).toEqual({ 7: 'paid' });
      await logs(play(6, { level: 'free' }));
      await run();
      expect(await levels()).toEqual({ 7: 'free' });
    });

    test('of two songs at the same moment go by the greater event id', async () => {
      const ids = { greater: '1714564800000-b', smaller: '1714564800000-a' };
      await logs(play(0, { eventId: ids.greater, level: 'paid' }), play(0, { eventId: ids.smaller, level: 'free' }));
      await run();
      expect(await levels()).toEqual({ 7: 'paid' });
    });
  });

  test('artists are as on the song that was staged last', async () => {
    const artist = (id: string, name: string) => catalogued(id, { artist_id: 'A1', artist_name: name });
    await stage(song, [artist('S1', 'Old'), artist('S2', 'New')], { at: '2024-06-02T00:00:00Z' });
    await stage(song, [artist('S3', 'Older')], { at: '2024-06-01T00:00:00Z' });
    await run();
    expect(await star()).toMatchObject({
      artists: [{ artist_id: 'A1', name: 'New' }],
      songs: [{ artist_name: 'Old' }, { artist_name: 'New' }, { artist_name: 'Older' }],
    });
  });

  test('time has the parts of each instant in UTC, weeks by ISO 8601, whatever the session’s time zone', async () => {
    const instants: Record<string, [hour: number, day: number, week: number, month: number, year: number, weekday: number]> = {
      '2018-12-31T23:59:59.999Z': [23, 31, 1, 12, 2018, 1],
      '2020-12-31T00:00:00.001Z': [0, 31, 53, 12, 2020, 4],
      '2021-01-03T12:00:00.000Z': [12, 3, 53, 1, 2021, 0],
      '2021-01-04T00:00:00.000Z': [0, 4, 1, 1, 2021, 1],
      '2024-02-29T06:30:00.000Z': [6, 29, 9, 2, 2024, 4],
      '2026-12-27T23:00:00.000Z': [23, 27, 52, 12, 2026, 0],
    };
    await logs(...Object.keys(instants).map((instant, place) => play(place, { ts: Date.parse(instant) })));
    await engine.warehouse.transaction(async (session) => {
      await session.query("SET LOCAL TIME ZONE 'Asia/Kolkata'");
      for (const statement of buildStatements(time)) await session.execute(statement);
    });
    const rows = await engine.warehouse.query('SELECT * FROM millrace.next_time ORDER BY start_time');
    expect(rows.map(({ start_time: start, ...parts }) => [(start as Date).toISOString(), Object.values(parts)])).toEqual(
      Object.entries(instants),
    );
  });
});
