import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Interrupted, UsageError } from '../../../lib/cli/failures.ts';
import type { RunContext } from '../../../lib/local/context.ts';
import { localEndpoints } from '../../../lib/local/endpoints.ts';
import { Home } from '../../../lib/local/home.ts';
import { runStageStep } from '../../../lib/local/steps/stage.ts';
import { emptySummary } from '../../../lib/local/summary.ts';
import type { OnProgress } from '../../../lib/cli/tasks.ts';
import { openWarehouse, type Warehouse } from '../../../lib/local/warehouse.ts';
import { prepareWarehouse } from '../../../lib/local/warehouse/prepare.ts';
import { stepsOf, type StageStep } from '../../../lib/pipelines/pipeline.ts';
import { songplays } from '../../../lib/pipelines/songplays.ts';
import type { StagedCounts } from '../../../lib/pipelines/step-result.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { testPostgresql, type TestPostgresql } from '../../support/postgresql.ts';

const EVENT = { ts: 1_541_106_106_796, userId: '8', sessionId: 139, page: 'NextSong', itemInSession: 0, song: 'One', level: 'free' };
const SONG = { song_id: 'S1', title: 'One', artist_id: 'A1', artist_name: 'Somebody', duration: 200.5, year: 0, num_songs: 1 };
const TABLES = ['staged_listening_events', 'staged_catalogue_songs', 'staged_rejects', 'staged_files'];
const NONE: StagedCounts = { files: 0, alreadyStaged: 0, rows: 0, rejected: 0, duplicateFiles: [], otherFiles: [], rejects: [] };

const event = (changes: object = {}) => JSON.stringify({ ...EVENT, ...changes });
const song = (changes: object = {}) => JSON.stringify({ ...SONG, ...changes });
const steps = stepsOf(songplays).filter((step): step is StageStep => step.kind === 'stage');
const [stageEvents, stageSongs] = steps as [StageStep, StageStep];

let postgresql: TestPostgresql;
const warehouses: Partial<Record<'pglite' | 'postgresql', Warehouse>> = {};
beforeAll(async () => {
  postgresql = await testPostgresql();
  warehouses.pglite = await openWarehouse({ dataDir: temporaryFolder() });
  warehouses.postgresql = await openWarehouse({ dataDir: temporaryFolder(), url: postgresql.url });
  for (const warehouse of Object.values(warehouses)) await prepareWarehouse(warehouse);
}, 60_000);
afterAll(async () => {
  for (const warehouse of Object.values(warehouses)) await warehouse.close();
  await postgresql.stop();
});

let home: Home;
let folder: string;
beforeEach(async () => {
  home = new Home(temporaryFolder());
  folder = temporaryFolder();
  for (const warehouse of Object.values(warehouses)) for (const table of TABLES) await warehouse.query(`DELETE FROM millrace.${table}`);
});

function put(files: Record<string, string | Buffer>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

/** What a run of the step says it did with the files of the folder. */
async function stage(
  warehouse: Warehouse,
  step = stageEvents,
  change: Partial<RunContext<object>> = {},
  onProgress: OnProgress = () => {},
): Promise<StagedCounts> {
  const context: RunContext<object> = {
    pipeline: songplays,
    parameters: {},
    home,
    runFolder: join(home.root, 'runs', 'one'),
    endpoints: localEndpoints(home, ''),
    inputs: { [step.input]: [folder] },
    warehouse: () => Promise.resolve(warehouse),
    signal: new AbortController().signal,
    summary: emptySummary(songplays, [], new Date()),
    rejects: [],
    ...change,
  };
  await runStageStep(context, step, onProgress);
  return context.summary.staged![step.contract.name]!;
}

const rows = (warehouse: Warehouse, sql: string) => warehouse.query(sql);
const count = async (warehouse: Warehouse, table: string) =>
  Number((await warehouse.query<{ n: number }>(`SELECT count(*) AS n FROM millrace.${table}`))[0]!.n);

/** Staged files of a kind, by line. */
function stagedLines(dataset: string, kind: 'rejects' | 'files'): Record<string, unknown>[] {
  return stagedTexts(dataset, kind).flatMap((text) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  );
}

const rowsFiles = () => readdirSync(join(home.staged(), 'listening_events', 'rows'));

/** Staged rows by column, as texts: null where there is none. */
function stagedRows(dataset: string): Record<string, string | null>[] {
  const cast = (value: string, { quoting }: { quoting: boolean }) => (value === '' && !quoting ? null : value);
  return stagedTexts(dataset, 'rows').flatMap((text) =>
    parse<Record<string, string | null>>(text, { columns: true, cast, record_delimiter: '\n' }),
  );
}

function stagedTexts(dataset: string, kind: 'rows' | 'rejects' | 'files'): string[] {
  const below = join(home.staged(), dataset, kind);
  return readdirSync(below)
    .sort()
    .map((name) => readFileSync(join(below, name), 'utf8'));
}

describe.each(['pglite', 'postgresql'] as const)('in %s', (engine) => {
  let warehouse: Warehouse;
  beforeAll(() => {
    warehouse = warehouses[engine]!;
  });

  test('texts come into the warehouse as they are, whatever an engine could take them for', async () => {
    const songs = ['\\.', '\\N', 'null', '', ' a ', ',', '"', '""', "'", '\\', '\\n', '#', '\t', '\r', '\n\\.\n', '\u2028', '-0'];
    put({ 'a.json': songs.map((song, itemInSession) => event({ song, itemInSession })).join('\n') });
    expect(await stage(warehouse)).toEqual({ ...NONE, files: 1, rows: songs.length });
    const inWarehouse = await rows(warehouse, 'SELECT song FROM millrace.staged_listening_events ORDER BY item_in_session');
    expect(inWarehouse).toEqual(songs.map((song) => ({ song })));
    expect(stagedRows('listening_events').map(({ song }) => song)).toEqual(songs);
  });

  test('events of a file come to be rows of the lake and of the warehouse, which agree', async () => {
    const awkward = 'a "quoted", \\ back\tslashed\n\u2028 text, 😀 ';
    put({
      'a.json': [event({ song: awkward, registration: 1_540_919_166_796.4, userId: 8 }), event({ userId: '', itemInSession: 1 })].join(
        '\n',
      ),
    });
    expect(await stage(warehouse)).toEqual({ ...NONE, files: 1, rows: 2 });
    const [first, second] = stagedRows('listening_events');
    expect(rowsFiles()).toEqual([expect.stringMatching(/^[0-9a-f]{16}\.multiline\.csv$/)]);
    expect(first).toMatchObject({
      ts: '2018-11-01T21:01:46.796Z',
      user_id: '8',
      session_id: '139',
      song: awkward,
      registration: '2018-10-30T17:06:06.796Z',
      artist: null,
      file_line: '1',
    });
    expect(second).toMatchObject({ user_id: null, item_in_session: '1', file_line: '2' });
    expect(first!['event_id']).toMatch(/^1541106106796-[0-9a-f]{16}$/);
    const inWarehouse = await rows(warehouse, 'SELECT * FROM millrace.staged_listening_events ORDER BY file_line');
    const asTexts = (row: object) =>
      Object.fromEntries(
        Object.entries(JSON.parse(JSON.stringify(row)) as object).map(([name, value]) => [name, value === null ? null : String(value)]),
      );
    expect(inWarehouse.map((row) => asTexts(row as object))).toEqual([first, second]);
    const [file] = stagedLines('listening_events', 'files');
    expect(file).toMatchObject({
      dataset: 'listening_events',
      file_name: join(folder, 'a.json'),
      rows: 2,
      rejected: 0,
      published_at: null,
    });
    expect(JSON.parse(JSON.stringify(await rows(warehouse, 'SELECT * FROM millrace.staged_files')))).toEqual([file]);
  });

  test('what is bad is counted and named, and nothing is lost', async () => {
    put({
      'a/truncated.json': `${event()}\n${event({ itemInSession: 1 }).slice(0, 60)}`,
      'bom.json': `\ufeff${event({ itemInSession: 2 })}\n`,
      'bom copy.json': `\ufeff${event({ itemInSession: 2 })}\n`,
      'number.jsonl': [event({ song: 7, sessionId: 'x' }), event({ itemInSession: 3 })].join('\n'),
      'packed.jsonl.gz': gzipSync(event({ itemInSession: 4 })),
      'too-long.json': JSON.stringify([{ ...EVENT, artist: 'é'.repeat(513) }]),
      'nothing.json': '',
      'notes.txt': 'not events',
      '.hidden.json': event({ itemInSession: 5 }),
      '.git/objects.json': event({ itemInSession: 6 }),
    });
    const counts = await stage(warehouse);
    expect(counts).toEqual({
      files: 6,
      alreadyStaged: 0,
      rows: 4,
      rejected: 3,
      duplicateFiles: ['bom.json'],
      otherFiles: ['.git/', '.hidden.json', 'notes.txt'],
      rejects: [
        {
          source: 'a/truncated.json',
          line: 2,
          reason: expect.stringMatching(/^line must be a JSON object, got malformed JSON: /) as string,
        },
        { source: 'number.jsonl', line: 1, reason: 'sessionId must be an integer, got "x"; song must be text or null, got 7' },
        { source: 'too-long.json', line: 1, reason: 'artist must be at most 1024 bytes of UTF-8, got 1026' },
      ],
    });
    expect(await count(warehouse, 'staged_listening_events')).toBe(4);
    const refused = await rows(warehouse, 'SELECT * FROM millrace.staged_rejects ORDER BY file_name');
    expect(refused).toEqual(
      stagedLines('listening_events', 'rejects').sort((a, b) => (String(a['file_name']) < String(b['file_name']) ? -1 : 1)),
    );
    expect(refused[1]).toMatchObject({ file_name: join(folder, 'number.jsonl'), file_line: 1, record: event({ song: 7, sessionId: 'x' }) });
    expect(await rows(warehouse, 'SELECT sum(rows)::int AS rows, sum(rejected)::int AS rejected FROM millrace.staged_files')).toEqual([
      { rows: 4, rejected: 3 },
    ]);
  });

  test('a song file with two objects holds two songs, and a year 0 is unknown', async () => {
    put({
      'A/two.json': `${song()}\n${song({ song_id: 'S2', artist_latitude: 35.14968, artist_location: ' ' })}\n`,
      'A/joined.json': `${song()}${song()}`,
    });
    const counts = await stage(warehouse, stageSongs);
    expect(counts).toMatchObject({ files: 2, rows: 2, rejected: 1, rejects: [{ source: 'A/joined.json', line: 1 }] });
    expect(
      await rows(warehouse, 'SELECT song_id, year, artist_latitude, artist_location FROM millrace.staged_catalogue_songs ORDER BY song_id'),
    ).toEqual([
      { song_id: 'S1', year: null, artist_latitude: null, artist_location: null },
      { song_id: 'S2', year: null, artist_latitude: 35.14968, artist_location: null },
    ]);
  });

  test('only new files are staged, and the same event in two files has the same id', async () => {
    put({ 'one.json': event() });
    await stage(warehouse);
    put({ 'two.json': `${event()}\n${event({ ts: EVENT.ts + 1 })}\n` });
    expect(await stage(warehouse)).toEqual({ ...NONE, files: 1, alreadyStaged: 1, rows: 2 });
    expect(await stage(warehouse)).toEqual({ ...NONE, alreadyStaged: 2 });
    const ids = await rows(
      warehouse,
      'SELECT count(*)::int AS rows, count(DISTINCT event_id)::int AS ids FROM millrace.staged_listening_events',
    );
    expect(ids).toEqual([{ rows: 3, ids: 2 }]);
  });

  test('a text that SQL cannot hold is the same in lake and warehouse', async () => {
    put({ 'a.json': event({ song: 'a\0b\ud800c', page: '😀' }) });
    await stage(warehouse);
    expect(stagedRows('listening_events')).toMatchObject([{ song: 'a\ufffdb\ufffdc', page: '😀' }]);
    expect(await rows(warehouse, 'SELECT song, page FROM millrace.staged_listening_events')).toEqual([
      { song: 'a\ufffdb\ufffdc', page: '😀' },
    ]);
  });

  test('files staged before come into a warehouse that has none of them', async () => {
    put({ 'a.json': `${event()}\nnonsense\n`, 'b.json': event({ itemInSession: 1, song: 'a "b",\r\nc', artist: '' }) });
    await stage(warehouse);
    const before = await Promise.all(TABLES.map((table) => rows(warehouse, `SELECT * FROM millrace.${table} ORDER BY file_id`)));
    for (const table of TABLES) await warehouse.query(`DELETE FROM millrace.${table}`);
    // Also where nothing is to be read.
    expect(await stage(warehouse, stageEvents, { inputs: {} })).toEqual(NONE);
    expect(await Promise.all(TABLES.map((table) => rows(warehouse, `SELECT * FROM millrace.${table} ORDER BY file_id`)))).toEqual(before);
    expect(before.map(({ length }) => length)).toEqual([2, 0, 1, 2]);
  });

  test('rows staged before a column came or went are taken by the names in their header', async () => {
    put({ 'a.json': event({ artist: 'Somebody' }) });
    await stage(warehouse);
    for (const table of TABLES) await warehouse.query(`DELETE FROM millrace.${table}`);
    const [name] = rowsFiles() as [string];
    expect(name).toMatch(/^[0-9a-f]{16}\.csv$/);
    const file = join(home.staged(), 'listening_events', 'rows', name);
    writeFileSync(file, readFileSync(file, 'utf8').replace(',song,', ',melody,'));
    expect(await stage(warehouse, stageEvents, { inputs: {} })).toEqual(NONE);
    expect(await rows(warehouse, 'SELECT artist, song, file_line::int FROM millrace.staged_listening_events')).toEqual([
      { artist: 'Somebody', song: null, file_line: 1 },
    ]);
  });

  test('rows that an earlier version staged, as JSON, are taken as well, and rows that are gone are named', async () => {
    put({ 'a.json': event({ artist: 'Somebody' }) });
    await stage(warehouse);
    for (const table of TABLES) await warehouse.query(`DELETE FROM millrace.${table}`);
    const [name] = rowsFiles() as [string];
    const file = join(home.staged(), 'listening_events', 'rows', name);
    const [row] = stagedRows('listening_events');
    writeFileSync(file.replace('.csv', '.jsonl'), `${JSON.stringify(row)}\n`);
    rmSync(file);
    expect(await stage(warehouse, stageEvents, { inputs: {} })).toEqual(NONE);
    expect(await rows(warehouse, 'SELECT artist, ts FROM millrace.staged_listening_events')).toEqual([
      { artist: 'Somebody', ts: new Date(EVENT.ts) },
    ]);
    for (const table of TABLES) await warehouse.query(`DELETE FROM millrace.${table}`);
    rmSync(file.replace('.csv', '.jsonl'));
    await expect(stage(warehouse, stageEvents, { inputs: {} })).rejects.toThrow(/must have their rows .* got none for [0-9a-f]{16}/);
  });

  test('a file that the warehouse holds is staged again where its staged files are gone, and not loaded twice', async () => {
    put({ 'a.json': event() });
    await stage(warehouse);
    const before = stagedRows('listening_events');
    rmSync(home.staged(), { recursive: true });
    expect(await stage(warehouse)).toEqual({ ...NONE, files: 1, rows: 1 });
    expect(stagedRows('listening_events')).toEqual(before);
    expect(await count(warehouse, 'staged_listening_events')).toBe(1);
    expect(await count(warehouse, 'staged_files')).toBe(1);
  });

  test('a failure in the middle of a file leaves nothing of it, and the next run takes it whole', async () => {
    put({ 'a.json': `${event()}\nnonsense\n`, 'b.json': Array.from({ length: 5_000 }, (_, n) => event({ itemInSession: n })).join('\n') });
    const controller = new AbortController();
    // Some of the second file has been copied then.
    const stopping = stage(warehouse, stageEvents, { signal: controller.signal }, ({ rows = 0 }) => rows > 2 && controller.abort());
    await expect(stopping).rejects.toBeInstanceOf(Interrupted);
    expect(stagedLines('listening_events', 'files')).toMatchObject([{ file_name: join(folder, 'a.json') }]);
    expect(rowsFiles()).toHaveLength(1);
    for (const table of TABLES) expect([table, await count(warehouse, table)]).toEqual([table, 0]);
    expect(await stage(warehouse)).toEqual({ ...NONE, files: 1, alreadyStaged: 1, rows: 5_000 });
    expect(await count(warehouse, 'staged_listening_events')).toBe(5_001);
    expect(await count(warehouse, 'staged_rejects')).toBe(1);
  });

  test('a load that the warehouse refuses leaves nothing of it there, says why, and is made up for by the next run', async () => {
    put({ 'a.json': Array.from({ length: 3_000 }, (_, n) => event({ itemInSession: n })).join('\n') });
    await warehouse.query('ALTER TABLE millrace.staged_listening_events ADD CONSTRAINT few CHECK (item_in_session < 2000)');
    await expect(stage(warehouse)).rejects.toThrow('violates check constraint "few"');
    for (const table of TABLES) expect([table, await count(warehouse, table)]).toEqual([table, 0]);
    await warehouse.query('ALTER TABLE millrace.staged_listening_events DROP CONSTRAINT few');
    await stage(warehouse);
    expect(await count(warehouse, 'staged_listening_events')).toBe(3_000);
    expect(await count(warehouse, 'staged_files')).toBe(1);
  });

  test('two steps side by side keep out of each other', async () => {
    put({ 'events/a.json': Array.from({ length: 3_000 }, (_, n) => event({ itemInSession: n })).join('\n') });
    put({ 'songs/a.json': Array.from({ length: 3_000 }, (_, n) => song({ song_id: `S${n}` })).join('\n') });
    const inputs = { logs: [join(folder, 'events')], songs: [join(folder, 'songs')] };
    const counts = await Promise.all(steps.map((step) => stage(warehouse, step, { inputs })));
    expect(counts).toEqual([
      { ...NONE, files: 1, rows: 3_000 },
      { ...NONE, files: 1, rows: 3_000 },
    ]);
    expect(await Promise.all(TABLES.map((table) => count(warehouse, table)))).toEqual([3_000, 3_000, 0, 2]);
  });
});

test('files that are named are read whatever they are called, and each once', async () => {
  put({ 'events.txt': event(), 'more/a.json': event({ itemInSession: 1 }) });
  symlinkSync(join(folder, 'more'), join(folder, 'link'));
  const inputs = { logs: [join(folder, 'events.txt'), folder, join(folder, 'more/a.json')] };
  expect(await stage(warehouses.pglite!, stageEvents, { inputs })).toEqual({
    ...NONE,
    files: 2,
    rows: 2,
    otherFiles: ['events.txt', 'link/'],
  });
});

test('a folder that is not there is a mistake of who asked', async () => {
  const inputs = { logs: [join(folder, 'none')] };
  const staging = stage(warehouses.pglite!, stageEvents, { inputs });
  await expect(staging).rejects.toThrow(/^logs must be a folder or a file that can be read, got .*none: ENOENT$/);
  await expect(staging).rejects.toBeInstanceOf(UsageError);
  expect(existsSync(home.staged())).toBe(false);
});
