import { beforeEach, expect, test } from 'vitest';
import { column, dataset } from '../../lib/contracts/dataset.ts';
import { timestamp } from '../../lib/contracts/fields.ts';
import { listeningEvent } from '../../lib/contracts/listening-event.ts';
import { glueColumns } from '../../lib/contracts/render/glue.ts';
import { sparkContract } from '../../lib/contracts/render/spark.ts';
import { song } from '../../lib/contracts/song.ts';
import { STAR } from '../../lib/contracts/star/index.ts';
import { users } from '../../lib/contracts/star/users.ts';
import { prepareTables, prepareWarehouse } from '../../lib/local/warehouse/prepare.ts';
import { bulkTransaction } from '../../lib/local/warehouse/bulk.ts';
import { buildStatements, checkParts, checkQuery, nextTable, publishFirstStatements, publishStatements } from '../../lib/warehouse/star.ts';
import { tableChanges } from '../../lib/warehouse/statements.ts';
import { describeEngines } from './engines.ts';
import { stageRows } from './staged-rows.ts';
import { runStar, starOf } from './star-run.ts';

const play = (ts: number, change: object = {}) => ({
  ts,
  userId: '7',
  sessionId: 1,
  itemInSession: ts % 1000,
  page: 'NextSong',
  level: 'free',
  ...change,
});
const catalogued = (id: number) => ({
  song_id: `S${id}`,
  title: `Song ${id}`,
  artist_id: `A${id}`,
  artist_name: `Artist ${id}`,
  duration: 9,
});
const NOON = Date.UTC(2024, 4, 1, 12);

describeEngines('publishing the star', (engine) => {
  beforeEach(() => prepareWarehouse(engine.warehouse));

  let files = 0;
  const logs = (...records: object[]) => stageRows(engine.warehouse, { source: listeningEvent, file: `file-${++files}`, records });
  const run = () => runStar({ warehouse: engine.warehouse });
  const query = (statement: string) => engine.warehouse.query(statement);

  test('marks the files, is the same when it is done twice, and a second run has nothing to do', async () => {
    await logs(play(NOON), play(NOON + 1));
    expect(await run()).toEqual({ songplays: 2, users: 1, songs: 0, artists: 0, time: 2, checks: 0, publish: 5 });
    expect(
      await query("SELECT COUNT(*) AS files FROM millrace.staged_files WHERE published_at BETWEEN now() - INTERVAL '1 hour' AND now()"),
    ).toEqual([{ files: 1 }]);
    const before = await starOf(engine.warehouse);
    for (const statement of publishStatements(STAR)) await query(statement);
    expect(await starOf(engine.warehouse)).toEqual(before);
    expect(await run()).toEqual({ songplays: 0, users: 0, songs: 0, artists: 0, time: 0, checks: 0, publish: 0 });
    expect(await starOf(engine.warehouse)).toEqual(before);
  });

  test('marks a file of which every record was refused, though there is nothing else to publish', async () => {
    await logs();
    await run();
    expect(await query('SELECT COUNT(*) AS files FROM millrace.staged_files WHERE published_at IS NULL')).toEqual([{ files: 0 }]);
  });

  test.each([
    ['first', publishFirstStatements],
    ['later', publishStatements],
  ])('that has lost the next rows, as by a crash, marks no file, so that the next run brings all: a %s load', async (when, publish) => {
    if (when === 'later') {
      await logs(play(NOON - 1));
      await run();
    }
    await logs(play(NOON), play(NOON + 1));
    for (const table of STAR) for (const statement of buildStatements(table)) await query(statement);
    for (const table of STAR) await query(`DELETE FROM millrace.${nextTable(table).name}`);
    for (const statement of publish(STAR)) await query(statement);
    expect(await query('SELECT COUNT(*) AS files FROM millrace.staged_files WHERE published_at IS NULL')).toEqual([{ files: 1 }]);
    expect(await run()).toMatchObject({ songplays: 2 });
    expect(await query('SELECT COUNT(*) AS files FROM millrace.staged_files WHERE published_at IS NULL')).toEqual([{ files: 0 }]);
  });

  test('does not happen where a check fails: the last good tables stay, and the next run that passes brings all', async () => {
    await logs(play(NOON));
    await run();
    const before = await starOf(engine.warehouse);
    await logs(play(NOON + 1, { userId: '9', level: null }), play(NOON + 2, { userId: '8', level: null }), play(NOON + 3));
    await expect(run()).rejects.toThrow(/^check not null \(level\) of users must hold, got 2 failures: 8, 9$/m);
    expect(await starOf(engine.warehouse)).toEqual(before);
    await logs(play(NOON + 4, { userId: '8' }), play(NOON + 5, { userId: '9' }));
    expect(await run()).toMatchObject({ songplays: 5, users: 3, publish: 13 });
    expect((await starOf(engine.warehouse))['songplays']).toHaveLength(6);
  });

  test('tells every check that fails, of every table', async () => {
    await logs(...[1, 2, 3, 4].map((user) => play(NOON + user, { userId: String(user), level: null })));
    for (const table of STAR) for (const statement of buildStatements(table)) await query(statement);
    await query(`DELETE FROM millrace.next_time WHERE start_time < '2024-05-01T12:00:00.003Z'`);
    await query('INSERT INTO millrace.next_users SELECT * FROM millrace.next_users');
    const failed = await query(`${checkQuery(STAR)} ORDER BY table_name, check_name`);
    const [first, second] = (await query('SELECT songplay_id AS id FROM millrace.next_songplays ORDER BY songplay_id')).map(({ id }) =>
      String(id),
    );
    const [early, later] = ['2024-05-01 12:00:00.001+00', '2024-05-01 12:00:00.002+00'];
    expect(failed).toEqual([
      {
        check_name: 'references time (start_time)',
        table_name: 'songplays',
        failures: 2,
        sample: `${first} (${early}), ${second} (${later})`,
      },
      { check_name: 'row count', table_name: 'time', failures: 2, sample: `${early}, ${later}` },
      { check_name: 'not null (level)', table_name: 'users', failures: 8, sample: '1, 1, 2' },
      { check_name: 'row count', table_name: 'users', failures: 4, sample: '1, 2, 3' },
      { check_name: 'unique (user_id)', table_name: 'users', failures: 4, sample: '1, 2, 3' },
    ]);
    const inParts = await Promise.all(checkParts(STAR).map((part) => query(part)));
    expect(inParts.flat()).toHaveLength(failed.length);
    expect(inParts.flat()).toEqual(expect.arrayContaining(failed));
  });

  test('is one transaction: tables that could be published are not where another one cannot', async () => {
    await logs(play(NOON));
    await query('ALTER TABLE millrace.time ADD CHECK (hour < 12)');
    await expect(run()).rejects.toThrow('violates check constraint');
    expect(Object.values(await starOf(engine.warehouse)).flat()).toEqual([]);
    expect(await query('SELECT published_at FROM millrace.staged_files')).toEqual([{ published_at: null }]);
  });

  test('a column that a contract gains is in every rendering, and the next run fills it for all rows', async () => {
    await logs(play(NOON, { registration: NOON - 1000, auth: 'Logged In' }));
    await run();
    const before = (await starOf(engine.warehouse))['users']![0]!;
    expect(before).not.toHaveProperty('signed_in');

    const about = {
      name: 'signed_in',
      type: 'timestamp',
      description: 'When the listener signed in',
      from: { column: 'registration' },
    } as const;
    const [field] = dataset({ name: 'x', description: 'x', key: ['signed_in'], columns: { signed_in: column(timestamp, about) } }).fields;
    const wider = {
      ...users,
      fields: [...users.fields, field!],
      checks: [...users.checks, { kind: 'not null', column: 'signed_in' } as const],
    };
    const star = STAR.map((table) => (table.name === 'users' ? wider : table));

    for (const engineName of ['postgresql', 'redshift'] as const) {
      expect(tableChanges(engineName, wider, [])[0]).toContain('"signed_in" timestamp with time zone');
      expect(tableChanges(engineName, wider, [{ table_name: 'users', column_name: 'user_id', data_type: 'text' }]).join()).toContain(
        'ADD COLUMN "signed_in"',
      );
    }
    expect(glueColumns(wider.fields)).toContainEqual({ name: 'signed_in', type: 'timestamp', comment: 'When the listener signed in' });
    const spark = sparkContract(wider);
    expect(spark.schema.fields.at(-1)).toMatchObject({
      name: 'signed_in',
      type: 'timestamp',
      metadata: { from: { column: 'registration' } },
    });
    expect(spark.checks.at(-1)).toContain('checked.`signed_in` IS NULL');

    await engine.warehouse.transaction((session) => prepareTables(session, [wider, nextTable(wider)]));
    for (const statement of star.flatMap(buildStatements)) await query(statement);
    expect(await query(checkQuery(star))).toEqual([]);
    for (const statement of publishStatements(star)) await query(statement);
    expect((await starOf(engine.warehouse))['users']).toEqual([{ ...before, signed_in: new Date(NOON - 1000) }]);
  });

  test('of many rows is planned without comparing each with each', async () => {
    const songs = (first: number) => Array.from({ length: 100 }, (_, place) => catalogued(first + place));
    for (const first of [0, 100, 200, 300])
      await stageRows(engine.warehouse, { source: song, file: `songs-${first}`, records: songs(first) });
    const change = (place: number) => ({
      userId: String(place % 50),
      song: `Song ${place % 40}`,
      artist: `Artist ${place % 40}`,
      length: 9,
    });
    const file = (first: number) => Array.from({ length: 500 }, (_, place) => play(NOON + first + place, change(place)));
    await logs(...file(0));
    await run();
    for (const first of [500, 1000, 1500, 2000, 2500]) await logs(...file(first));
    await run();
    await query('UPDATE millrace.staged_files SET published_at = NULL');
    await bulkTransaction(engine.warehouse, async (session) => {
      for (const statement of [...STAR.flatMap(buildStatements), checkQuery(STAR)].filter((each) => !each.startsWith('DELETE'))) {
        const plan = (await session.query(`EXPLAIN ${statement}`)).map((row) => String(row['QUERY PLAN'])).join('\n');
        // One row with one row: the newest of the source and of the table.
        expect(plan, statement).not.toMatch(/Nested Loop(?! .*rows=1 )/);
      }
    });
  });
});
