import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { Home } from '../../lib/local/home.ts';
import { runPipeline } from '../../lib/local/run.ts';
import { songplays } from '../../lib/pipelines/songplays.ts';
import { millrace, processesNaming } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { knownTruth, type KnownTruth } from '../support/known-truth.ts';
import { summaryOf } from '../support/runs.ts';

/** The whole pipeline by its command line: real Spark, real SQL. Runs that are cut off are in songplays-cut.test.ts. */
const RUN_MS = 300_000;
/** A folder of a user's may have any name. */
const home = join(temporaryFolder(), String.raw`"one's" \ $home`);
const inputs = temporaryFolder();
const logs = join(inputs, 'logs');
const songs = join(inputs, 'songs.jsonl');
let truth: KnownTruth;

const staged = () => Object.entries(summaryOf(home).staged!).map(([name, { files, alreadyStaged }]) => [name, { files, alreadyStaged }]);
const tables = () => summaryOf(home).warehouse!.tables;

async function answer(statement: string): Promise<unknown> {
  const { stdout, stderr } = await millrace(home, 'sql', '--warehouse', '--format', 'json', statement);
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

beforeAll(async () => {
  const events = join(logs, 'generated.jsonl');
  await millrace(home, 'generate', '--users', '60', '--days', '20', '--seed', '5', '--out', events, '--songs', songs);
  truth = knownTruth(events, songs);
}, 60_000);

test('generated events come to a star schema whose figures are those of the files', { timeout: RUN_MS }, async () => {
  const { exitCode, all } = await millrace(home, 'run', 'songplays', '--logs', logs, '--songs', songs);
  expect(exitCode, all).toBe(0);
  expect(processesNaming(home)).toEqual([]);
  expect(existsSync(join(home, 'kafka'))).toBe(false);

  const { tables: counted } = truth;
  expect(counted.songplays).toBeGreaterThan(1_000);
  expect(tables()).toEqual(counted);
  const { steps, staged: counts, report } = summaryOf(home);
  expect(counts).toMatchObject({
    listening_events: { files: 1, rows: truth.events, rejected: 0, duplicateFiles: [], otherFiles: [] },
    catalogue_songs: { files: 1, rows: truth.songs, rejected: 0 },
  });
  // The lake holds as many rows of the five tables together.
  const rows = Object.values(counted).reduce((sum, count) => sum + count, 0);
  expect(steps.find(({ name }) => name === 'star')).toMatchObject({ rowsOut: rows });
  expect(await answer('SELECT count(song_id) AS matched, count(artist_id) AS artists FROM songplays')).toEqual({
    matched: truth.matched,
    artists: truth.matched,
  });
  expect(readFileSync(report!, 'utf8')).toContain('<html');
  expect((await millrace(home, 'report', '--pipeline', 'songplays')).stdout).toBe(report);
});

test('the same files again change nothing, and the run says so', { timeout: RUN_MS }, async () => {
  const before = tables();
  const printed: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line) => void printed.push(String(line)));
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => printed.push(String(chunk)) > 0);
  }
  // Without Spark, whose skipping is in songplays-cut.test.ts.
  const steps = songplays.steps.filter((step) => !('kind' in step && step.kind === 'spark'));
  const inputs = () => ({ logs: [logs], songs: [songs] });
  const { signal } = new AbortController();
  await runPipeline({ home: new Home(home), pipeline: { ...songplays, steps }, parameters: () => ({}), inputs, fresh: false, signal });
  vi.restoreAllMocks();

  expect(printed.join('').match(/0 files new, 1 file staged before/g)).toHaveLength(2);
  expect(Object.fromEntries(staged())).toEqual({
    listening_events: { files: 0, alreadyStaged: 1 },
    catalogue_songs: { files: 0, alreadyStaged: 1 },
  });
  expect(tables()).toEqual(before);
  const built = summaryOf(home).steps.filter(({ name }) => [...Object.keys(before), 'publish'].includes(name));
  expect(built.map(({ name, rowsOut }) => [name, rowsOut])).toHaveLength(6);
  expect(built.filter(({ rowsOut }) => rowsOut !== 0)).toEqual([]);
});

test('sql --warehouse prints a table, and writes nothing', { timeout: 60_000 }, async () => {
  const { stdout } = await millrace(home, 'sql', '--warehouse', 'SELECT count(*) AS plays FROM millrace.songplays');
  expect(stdout.split('\n').map((line) => line.trim())).toEqual(['plays', '-'.repeat(5), String(truth.tables.songplays)]);
  const { exitCode, stderr } = await millrace(home, 'sql', '--warehouse', 'DELETE FROM songplays');
  expect(stderr).toMatch(/^millrace: statement must only read the warehouse, got one that writes: /);
  expect(exitCode).toBe(2);
});
