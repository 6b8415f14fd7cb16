import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Summary } from '../../lib/local/summary.ts';
import { openWarehouse } from '../../lib/local/warehouse.ts';
import { millrace, processesNaming } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { testPostgresql } from '../support/postgresql.ts';

/** The whole pipeline by its command line: real broker, real Spark, real SQL. Each run takes about half a minute. */
const RUN_MS = 240_000;
const DROP_TABLE = "Robert'); DROP TABLE churn_scores;--";
const SCRIPT = '<script>alert("x")</script>';

const home = join(temporaryFolder(), 'home');
const inputs = temporaryFolder();
const generated = join(inputs, 'generated.jsonl');
const truth = join(inputs, 'truth.jsonl');
const untidy = join(inputs, 'untidy.jsonl');
const truncated = join(inputs, 'truncated.jsonl.gz');

const summaryOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'runs', 'latest', 'summary.json'), 'utf8')) as Summary;

async function lakeCounts(folder: string, condition = 'true'): Promise<number> {
  const { stdout } = await millrace(
    folder,
    'sql',
    '--format',
    'csv',
    `SELECT count(*) AS n, count(DISTINCT event_id) AS ids FROM listening_events WHERE ${condition}`,
  );
  const [rows, ids] = stdout.trim().split('\n').at(-1)!.split(',').map(Number);
  expect(ids).toBe(rows);
  return rows!;
}

describe('generated events with untidy ones among them', () => {
  let events = 0;
  beforeAll(async () => {
    await millrace(home, 'generate', '--users', '250', '--days', '55', '--seed', '5', '--out', generated, '--truth', truth);
    const lines = readFileSync(generated, 'utf8').trimEnd().split('\n');
    events = lines.length;
    const last = JSON.parse(lines.at(-1)!) as Record<string, unknown>;
    const person = (userId: string, firstName: string, lastName: string) =>
      JSON.stringify({ ...last, userId, firstName, lastName, auth: 'Logged In', page: 'Home' });
    writeFileSync(
      untidy,
      [person('7000001', DROP_TABLE, 'Tables'), person('7000002', SCRIPT, 'Tag'), '{"ts": 1', '{"page":"Home","sessionId":1}', ''].join(
        '\n',
      ),
    );
    // Half of the packed bytes: gzip ends in the middle of a line.
    const packed = gzipSync(
      lines
        .slice(0, 2)
        .map((line) => line.replace('"sessionId":', '"sessionId":9'))
        .join('\n'),
    );
    writeFileSync(truncated, packed.subarray(0, packed.length - 12));
  });

  /** A run that is in the middle of ingesting. */
  async function ingesting() {
    const run = millrace(home, 'run', 'churn', '--events', generated, '--truth', truth);
    await new Promise<void>((reached) => {
      run.all.on('data', (chunk: Buffer) => String(chunk).includes('Stream the topic') && setTimeout(reached, 5_000));
    });
    return { run }; // in an object: a run by itself would be waited for
  }

  test('a run that is stopped leaves no process, and says so in its exit code', { timeout: RUN_MS }, async () => {
    const { run } = await ingesting();
    run.kill('SIGINT');
    const { exitCode, stderr } = await run;
    expect(exitCode).toBe(130);
    expect(stderr).toContain('the next run goes on');
    expect(processesNaming(home)).toEqual([]);
    expect(existsSync(join(home, 'lock'))).toBe(false);
    expect(summaryOf(home).stopped).toBe(true);
  });

  test('a run that is killed leaves its broker and its Spark step, which the next run ends', { timeout: RUN_MS }, async () => {
    const { run } = await ingesting();
    run.kill('SIGKILL');
    await run;
    expect(processesNaming(home).filter((commandLine) => commandLine.includes('ingest.py'))).not.toEqual([]);
  });

  test('the next run goes on, to scores whose figures agree everywhere', { timeout: RUN_MS }, async () => {
    const server = await testPostgresql();
    try {
      const { exitCode, all } = await millrace(
        home,
        'run',
        'churn',
        '--events',
        generated,
        untidy,
        truncated,
        '--truth',
        truth,
        '--warehouse',
        server.url,
      );
      expect(all).not.toContain('failed');
      expect(exitCode).toBe(0);
      expect(processesNaming(home)).toEqual([]);
      const { events: counted, model, warehouse, report, steps, failed } = summaryOf(home);
      const counts = counted!;
      expect(failed).toBeUndefined();
      expect(counts.read).toBe(counts.produced + counts.rejected + counts.alreadySent);
      // Sent by the runs that were stopped, before ingest began; then two good lines of the untidy file, and what could be unpacked.
      expect(counts.alreadySent).toBe(events);
      expect(counts.rejected).toBeGreaterThanOrEqual(3);
      expect(counts.quarantined).toBe(0);
      expect(await lakeCounts(home)).toBe(events + counts.produced);
      expect(steps.map(({ name }) => name)).toEqual([
        'broker',
        'produce',
        'ingest',
        'maintain',
        'features',
        'train',
        'score',
        'publish',
        'load',
        'report',
      ]);
      expect(model).toMatchObject({ name: 'xgboost', metrics: { rocAuc: expect.any(Number) as number } });
      expect(warehouse!.engine).toMatch(/^postgresql /);

      const sql = await openWarehouse({ url: server.url, dataDir: home });
      const names = await sql.query<{ first_name: string }>(
        "SELECT f.first_name FROM millrace.churn_scores s JOIN millrace.user_features f USING (user_id, cutoff) WHERE user_id LIKE '700000_' ORDER BY user_id",
      );
      expect(names.map(({ first_name }) => first_name)).toEqual([DROP_TABLE, SCRIPT]);
      const [total] = await sql.query<{ events: number }>('SELECT sum(events)::int AS events FROM millrace.daily_activity');
      expect(total!.events).toBe(events + counts.produced);
      await sql.close();

      const html = readFileSync(report!, 'utf8');
      expect(html).not.toContain(SCRIPT);
      expect((await millrace(home, 'report')).stdout).toBe(report);
    } finally {
      await server.stop();
    }
  });
});

const four = '../shared/data/sparkify/events.jsonl';
const many = '../shared/data/sparkify/log-small-10000.jsonl.gz';

describe.skipIf(!existsSync(four))('real events (skipped where ../shared/data is absent)', () => {
  const realHome = join(temporaryFolder(), 'home');

  test('four listeners are too few to train on, and the run ends with a report', { timeout: RUN_MS }, async () => {
    const { exitCode } = await millrace(realHome, 'run', 'churn', '--events', four);
    expect(exitCode).toBe(0);
    const { events, model, report, warehouse } = summaryOf(realHome);
    expect(events).toMatchObject({ read: 4195, produced: 4195, rejected: 0, ingested: 4195, quarantined: 0, duplicates: 0 });
    expect(model).toHaveProperty('skipped');
    expect(warehouse!.engine).toMatch(/^pglite /);
    expect(existsSync(report!)).toBe(true);
    expect(await lakeCounts(realHome)).toBe(4195);
  });

  test('a second file joins the first in the lake, and neither doubles', { timeout: RUN_MS }, async () => {
    const { exitCode } = await millrace(realHome, 'run', 'churn', '--events', many, four);
    expect(exitCode).toBe(0);
    expect(summaryOf(realHome).events).toMatchObject({ read: 14195, produced: 10000, alreadySent: 4195, ingested: 10000, quarantined: 0 });
    expect(await lakeCounts(realHome)).toBe(14195);
    expect(await lakeCounts(realHome, 'user_id IS NULL')).toBe(336);
  });
});
