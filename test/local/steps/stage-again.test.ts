import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { Interrupted } from '../../../lib/cli/failures.ts';
import type { Warehouse } from '../../../lib/local/warehouse.ts';
import {
  count,
  event,
  EVENT,
  folder,
  forget,
  home,
  NONE,
  put,
  rows,
  rowsFiles,
  setUpStaging,
  song,
  stage,
  stagedLines,
  stagedRows,
  stageEvents,
  stageSongs,
  steps,
  TABLES,
  warehouses,
} from './staging.ts';

setUpStaging();

describe.each(['pglite', 'postgresql'] as const)('in %s', (engine) => {
  let warehouse: Warehouse;
  beforeAll(() => {
    warehouse = warehouses[engine]!;
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

  test('files staged before come into a warehouse that has none of them', async () => {
    put({ 'a.json': `${event()}\nnonsense\n`, 'b.json': event({ itemInSession: 1, song: 'a "b",\r\nc', artist: '' }) });
    await stage(warehouse);
    const before = await Promise.all(TABLES.map((table) => rows(warehouse, `SELECT * FROM millrace.${table} ORDER BY file_id`)));
    await forget(warehouse);
    // Also where nothing is to be read.
    expect(await stage(warehouse, stageEvents, { inputs: {} })).toEqual(NONE);
    expect(await Promise.all(TABLES.map((table) => rows(warehouse, `SELECT * FROM millrace.${table} ORDER BY file_id`)))).toEqual(before);
    expect(before.map(({ length }) => length)).toEqual([2, 0, 1, 2]);
  });

  test('rows staged before a column came or went are taken by the names in their header', async () => {
    put({ 'a.json': event({ artist: 'Somebody' }) });
    await stage(warehouse);
    await forget(warehouse);
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
    await forget(warehouse);
    const [name] = rowsFiles() as [string];
    const file = join(home.staged(), 'listening_events', 'rows', name);
    const [row] = stagedRows('listening_events');
    writeFileSync(file.replace('.csv', '.jsonl'), `${JSON.stringify(row)}\n`);
    rmSync(file);
    expect(await stage(warehouse, stageEvents, { inputs: {} })).toEqual(NONE);
    expect(await rows(warehouse, 'SELECT artist, ts FROM millrace.staged_listening_events')).toEqual([
      { artist: 'Somebody', ts: new Date(EVENT.ts) },
    ]);
    await forget(warehouse);
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

  test('records none of which fits fail the step, with the first reason, until one has come that does', async () => {
    put({ 'a.json': `nonsense\n${event({ ts: 1 })}`, 'b.json': event({ sessionId: 'x' }) });
    const reason =
      /^logs must hold listening_events, got none: all 3 records were rejected, the first \(line 1 of a\.json\) as line must be a JSON/;
    await expect(stage(warehouse)).rejects.toThrow(reason);
    await expect(stage(warehouse)).rejects.toThrow(reason);
    expect(await count(warehouse, 'staged_rejects')).toBe(3);
    // A run that is given none goes on without them, and songs are another data set.
    expect(await stage(warehouse, stageEvents, { inputs: {} })).toEqual(NONE);
    expect(await stage(warehouse, stageSongs, { inputs: {} })).toEqual(NONE);
    put({ 'c.json': event() });
    expect(await stage(warehouse)).toEqual({ ...NONE, files: 1, alreadyStaged: 2, rows: 1 });
    put({ 'd.json': 'nonsense' });
    expect(await stage(warehouse)).toMatchObject({ files: 1, rows: 0, rejected: 1 });
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
