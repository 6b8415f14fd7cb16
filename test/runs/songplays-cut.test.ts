import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { openWarehouse } from '../../lib/local/warehouse.ts';
import { STAR } from '../../lib/contracts/star/index.ts';
import { millrace, processesNaming, reaches } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { knownTruth, type KnownTruth } from '../support/known-truth.ts';
import { testPostgresql } from '../support/postgresql.ts';
import { summaryOf } from '../support/runs.ts';

const newHome = () => join(temporaryFolder(), 'home');

/** A digest of each table of the star: tables with the same rows have the same. */
async function digests(home: string, url?: string): Promise<Record<string, string>> {
  const warehouse = await openWarehouse({ url, dataDir: home });
  const found: Record<string, string> = {};
  for (const { name } of STAR) {
    const [row] = await warehouse.query<{ digest: string }>(
      `SELECT count(*) || ' ' || md5(string_agg(t::text, ';' ORDER BY t::text COLLATE "C")) AS digest FROM millrace."${name}" t`,
    );
    found[name] = row!.digest;
  }
  await warehouse.close();
  return found;
}

/** Rows of the lake's tables. */
async function lakeCounts(home: string): Promise<Record<string, number>> {
  const each = STAR.map(({ name }) => `SELECT '${name}' AS name, count(*) AS n FROM ${name}`);
  const { stdout } = await millrace(home, 'sql', '--format', 'json', each.join(' UNION ALL '));
  const rows = stdout.split('\n').map((line) => JSON.parse(line) as { name: string; n: number });
  return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
}

describe('runs that are cut', () => {
  const inputs = temporaryFolder();
  const logs = join(inputs, 'logs', 'generated.jsonl');
  const songs = join(inputs, 'songs.jsonl');
  const [undisturbed, home] = [newHome(), newHome()];
  const start = (folder: string) => millrace(folder, 'run', 'songplays', '--logs', logs, '--songs', songs);
  let truth: KnownTruth;
  let expected: Record<string, string>;

  beforeAll(async () => {
    await millrace(inputs, 'generate', '--users', '400', '--days', '40', '--seed', '5', '--out', logs, '--songs', songs);
    truth = knownTruth(logs, songs);
    const { exitCode, all } = await start(undisturbed);
    expect(exitCode, all).toBe(0);
    expected = await digests(undisturbed);
  }, 600_000);

  /** Ends the run at once when `reached` says so. */
  async function killed(reached: (shown: string) => boolean): Promise<void> {
    const run = start(home);
    await reaches(run, reached);
    run.kill('SIGKILL');
    await run;
  }

  const stagedEvents = (kind: string) => {
    const folder = join(home, 'staged', 'listening_events', kind);
    return existsSync(folder) ? readdirSync(folder).map((name) => ({ name, bytes: statSync(join(folder, name)).size })) : [];
  };

  test('killed while a file is staged: nothing of it counts as staged', async () => {
    await killed(() => stagedEvents('rows').some(({ bytes }) => bytes > 1_000_000));
    expect(stagedEvents('rows').filter(({ name }) => !name.startsWith('.'))).toEqual([]);
    expect(stagedEvents('files')).toEqual([]);
  });

  test('killed while tables are built: readers see none of it', async () => {
    await killed((shown) => shown.includes('Build users'));
    const warehouse = await openWarehouse({ dataDir: home });
    const counts = await Promise.all(STAR.map(({ name }) => warehouse.query(`SELECT count(*)::int AS n FROM millrace."${name}"`)));
    await warehouse.close();
    expect(counts.flat()).toEqual(STAR.map(() => ({ n: 0 })));
  });

  test('killed while the lake is written: its Spark step is left, for the next run to end', async () => {
    let since: number | undefined;
    await killed((shown) => {
      if (shown.includes('building songplays')) since ??= Date.now();
      return since !== undefined && Date.now() - since > 1_000;
    });
    expect(processesNaming(home).filter((commandLine) => commandLine.includes('star.py'))).not.toEqual([]);
  });

  test('stopped by Ctrl-C: no process is left', async () => {
    const run = start(home);
    await reaches(run, (shown) => shown.includes('Build, check and publish'));
    await sleep(3_000);
    run.kill('SIGINT');
    const { exitCode, stderr } = await run;
    expect(exitCode).toBe(130);
    expect(stderr).toContain('the next run goes on');
    expect(processesNaming(home)).toEqual([]);
    expect(summaryOf(home).stopped).toBe(true);
  });

  test('the next run has the tables of one that was never cut, in the warehouse and in the lake', async () => {
    const { exitCode, all } = await start(home);
    expect(exitCode, all).toBe(0);
    expect(processesNaming(home)).toEqual([]);
    expect(await digests(home)).toEqual(expected);
    expect(summaryOf(home).warehouse!.tables).toEqual(truth.tables);
    expect(await lakeCounts(home)).toEqual(truth.tables);
  });

  test('one more stages nothing, changes nothing and writes nothing to the lake', async () => {
    const { exitCode, all } = await start(home);
    expect(exitCode, all).toBe(0);
    expect(all.match(/0 files new, 1 file staged before/g)).toHaveLength(2);
    expect(all).toMatch(/tables of the lake: .*\(skipped: nothing new was staged\)/);
    expect(await digests(home)).toEqual(expected);
  });
});

const archive = '../shared/data/songplays/log_data_song_data.tar.gz';

describe.skipIf(!existsSync(archive))('real logs and songs (skipped where ../shared/data is absent)', () => {
  const files = temporaryFolder();
  const home = newHome();
  const args = ['run', 'songplays', '--logs', join(files, 'log_data'), '--songs', join(files, 'song_data')];
  const tables = { songplays: 6_820, users: 96, songs: 71, artists: 69, time: 6_813 };

  beforeAll(async () => {
    mkdirSync(files, { recursive: true });
    await execa('tar', ['-xzf', archive, '-C', files]);
  });

  test('come to the figures known of them, in PGlite and in the lake', async () => {
    const { exitCode, all } = await millrace(home, ...args);
    expect(exitCode, all).toBe(0);
    const { staged, warehouse } = summaryOf(home);
    expect(staged).toMatchObject({ listening_events: { files: 30, rows: 8_056, rejected: 0 }, catalogue_songs: { files: 71, rows: 71 } });
    expect(warehouse).toMatchObject({ engine: expect.stringMatching(/^pglite /) as string, tables });
    expect(await lakeCounts(home)).toEqual(tables);
    const statement =
      'SELECT count(song_id) AS matched, (SELECT count(*) FROM staged_listening_events WHERE user_id IS NULL) AS blank FROM songplays';
    const { stdout } = await millrace(home, 'sql', '--warehouse', '--format', 'json', statement);
    expect(JSON.parse(stdout)).toEqual({ matched: 1, blank: 286 });
  });

  test('come to the same rows in a PostgreSQL server that is new to them, though nothing is staged again', async () => {
    const server = await testPostgresql();
    try {
      const { exitCode, all } = await millrace(home, ...args, '--warehouse', server.url);
      expect(exitCode, all).toBe(0);
      const { staged, warehouse } = summaryOf(home);
      expect(staged).toMatchObject({ listening_events: { files: 0, alreadyStaged: 30 }, catalogue_songs: { files: 0, alreadyStaged: 71 } });
      expect(warehouse).toMatchObject({ engine: expect.stringMatching(/^postgresql /) as string, tables });
      expect(await digests(home, server.url)).toEqual(await digests(home));
      const { stdout } = await millrace(
        home,
        'sql',
        '--warehouse',
        '--url',
        server.url,
        '--format',
        'csv',
        'SELECT count(*) AS plays FROM songplays',
      );
      expect(stdout).toBe('plays\n6820');
    } finally {
      await server.stop();
    }
  });
});
