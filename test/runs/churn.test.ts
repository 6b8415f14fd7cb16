import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { openWarehouse } from '../../lib/local/warehouse.ts';
import { millrace, processesNaming } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { testPostgresql, type TestPostgresql } from '../support/postgresql.ts';
import { CHURN_STEPS, eventsInLake, summaryOf } from '../support/runs.ts';

/** The whole pipeline by its command line: real broker, real Spark, real SQL. Runs that are cut off are in churn-cut.test.ts. */
const RUN_MS = 300_000;
const DROP_TABLE = "Robert'); DROP TABLE churn_scores;--";
const SCRIPT = '<script>alert("x")</script>';

const home = join(temporaryFolder(), 'home');
const inputs = temporaryFolder();
const generated = join(inputs, 'generated.jsonl');
const truth = join(inputs, 'truth.jsonl');
const untidy = join(inputs, 'untidy.jsonl');
const truncated = join(inputs, 'truncated.jsonl.gz');
let events = 0;

beforeAll(async () => {
  await millrace(home, 'generate', '--users', '120', '--days', '55', '--seed', '5', '--out', generated, '--truth', truth);
  const lines = readFileSync(generated, 'utf8').trimEnd().split('\n');
  events = lines.length;
  const last = JSON.parse(lines.at(-1)!) as Record<string, unknown>;
  const person = (userId: string, firstName: string, lastName: string) =>
    JSON.stringify({ ...last, userId, firstName, lastName, auth: 'Logged In', page: 'Home' });
  writeFileSync(
    untidy,
    [person('7000001', DROP_TABLE, 'Tables'), person('7000002', SCRIPT, 'Tag'), '{"ts": 1', '{"page":"Home","sessionId":1}', ''].join('\n'),
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

test('generated events, with untidy ones among them, come to scores whose figures agree everywhere', { timeout: RUN_MS }, async () => {
  const server = await testPostgresql();
  try {
    await expectScores(server);
  } finally {
    await server.stop();
  }
});

async function expectScores({ url }: TestPostgresql): Promise<void> {
  const args = ['--events', generated, untidy, truncated, '--truth', truth, '--warehouse', url];
  const { exitCode, all } = await millrace(home, 'run', 'churn', ...args);
  expect(all).not.toContain('failed');
  expect(exitCode, all).toBe(0);
  expect(processesNaming(home)).toEqual([]);
  const { events: counted, model, warehouse, report, steps, failed } = summaryOf(home);
  const counts = counted!;
  expect(failed).toBeUndefined();
  expect(counts.read).toBe(counts.produced + counts.rejected);
  // Besides the generated ones: two good lines of the untidy file, and what could be unpacked of two lines.
  expect(counts.produced).toBeGreaterThanOrEqual(events + 2);
  expect(counts.produced).toBeLessThanOrEqual(events + 4);
  expect(counts).toMatchObject({ alreadySent: 0, ingested: counts.produced, quarantined: 0, duplicates: 0 });
  expect(counts.rejected).toBeGreaterThanOrEqual(3);
  expect(await eventsInLake(home)).toBe(counts.produced);
  expect(steps.map(({ name }) => name)).toEqual(CHURN_STEPS);
  expect(model).toMatchObject({ name: 'xgboost', metrics: { rocAuc: expect.any(Number) as number } });
  expect(warehouse!.engine).toMatch(/^postgresql /);

  const sql = await openWarehouse({ url, dataDir: home });
  const names = await sql.query<{ first_name: string }>(
    "SELECT f.first_name FROM millrace.churn_scores s JOIN millrace.user_features f USING (user_id, cutoff) WHERE user_id LIKE '700000_' ORDER BY user_id",
  );
  expect(names.map(({ first_name }) => first_name)).toEqual([DROP_TABLE, SCRIPT]);
  const [total] = await sql.query<{ events: number }>('SELECT sum(events)::int AS events FROM millrace.daily_activity');
  expect(total!.events).toBe(counts.produced);
  await sql.close();

  const html = readFileSync(report!, 'utf8');
  expect(html).not.toContain(SCRIPT);
  expect((await millrace(home, 'report')).stdout).toBe(report);
}
