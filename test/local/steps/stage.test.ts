import { existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { UsageError } from '../../../lib/cli/failures.ts';
import type { Warehouse } from '../../../lib/local/warehouse.ts';
import {
  count,
  event,
  EVENT,
  folder,
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
  warehouses,
} from './staging.ts';

setUpStaging();

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

  test('a text that SQL cannot hold is the same in lake and warehouse', async () => {
    put({ 'a.json': event({ song: 'a\0b\ud800c', page: '😀' }) });
    await stage(warehouse);
    expect(stagedRows('listening_events')).toMatchObject([{ song: 'a\ufffdb\ufffdc', page: '😀' }]);
    expect(await rows(warehouse, 'SELECT song, page FROM millrace.staged_listening_events')).toEqual([
      { song: 'a\ufffdb\ufffdc', page: '😀' },
    ]);
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

test('a file whose name is not UTF-8 is left out, and told', async () => {
  put({ 'a.json': event() });
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/b`), Buffer.from([0xff]), Buffer.from('.json')]), event({ itemInSession: 1 }));
  const otherFiles = ['b\ufffd.json (a name that is not UTF-8)'];
  expect(await stage(warehouses.pglite!)).toEqual({ ...NONE, files: 1, rows: 1, otherFiles });
});

test('a folder that is not there is a mistake of who asked', async () => {
  const inputs = { logs: [join(folder, 'none')] };
  const staging = stage(warehouses.pglite!, stageEvents, { inputs });
  await expect(staging).rejects.toThrow(/^logs must be a folder or a file that can be read, got .*none: ENOENT$/);
  await expect(staging).rejects.toBeInstanceOf(UsageError);
  expect(existsSync(home.staged())).toBe(false);
});
