import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { openWarehouse } from '../../lib/local/warehouse.ts';
import { millrace, processesNaming, reaches } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { CHURN_STEPS, eventsInLake, summaryOf } from '../support/runs.ts';

/** Each test goes on where the one before has ended. */
const home = join(temporaryFolder(), 'home');
const inputs = temporaryFolder();
const generated = join(inputs, 'generated.jsonl');
const truth = join(inputs, 'truth.jsonl');
let events = 0;

beforeAll(async () => {
  await millrace(home, 'generate', '--users', '250', '--days', '55', '--seed', '5', '--out', generated, '--truth', truth);
  events = readFileSync(generated, 'utf8').trimEnd().split('\n').length;
});

const start = () => millrace(home, 'run', 'churn', '--events', generated, '--truth', truth);

/** A run that is in the middle of ingesting. */
async function ingesting() {
  const run = start();
  await reaches(run, (shown) => shown.includes('Stream the topic'));
  await sleep(5_000);
  return { run }; // in an object: a run by itself would be waited for
}

test('a run that is stopped leaves no process, and says so in its exit code', async () => {
  const { run } = await ingesting();
  run.kill('SIGINT');
  const { exitCode, stderr } = await run;
  expect(exitCode).toBe(130);
  expect(stderr).toContain('the next run goes on');
  expect(processesNaming(home)).toEqual([]);
  expect(existsSync(join(home, 'lock'))).toBe(false);
  expect(summaryOf(home).stopped).toBe(true);
});

test('a run that is killed leaves its broker and its Spark step, which the next run ends', async () => {
  const { run } = await ingesting();
  run.kill('SIGKILL');
  await run;
  expect(processesNaming(home).filter((commandLine) => commandLine.includes('ingest.py'))).not.toEqual([]);
});

test('the next run goes on to scores, and nothing is lost or doubled', async () => {
  const { exitCode, all } = await start();
  expect(all).not.toContain('failed');
  expect(exitCode, all).toBe(0);
  expect(processesNaming(home)).toEqual([]);
  const { events: counts, model, steps, failed } = summaryOf(home);
  expect(failed).toBeUndefined();
  // All were sent by the runs that were cut, before ingest began.
  expect(counts).toMatchObject({ read: events, produced: 0, rejected: 0, alreadySent: events, quarantined: 0 });
  expect(await eventsInLake(home)).toBe(events);
  expect(steps.map(({ name }) => name)).toEqual(CHURN_STEPS);
  expect(model).toMatchObject({ name: 'xgboost', metrics: { rocAuc: expect.any(Number) as number } });

  const warehouse = await openWarehouse({ dataDir: home });
  const [total] = await warehouse.query<{ events: number }>('SELECT sum(events)::int AS events FROM millrace.daily_activity');
  await warehouse.close();
  expect(total!.events).toBe(events);
});
