import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { millrace } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { eventsInLake, summaryOf } from '../support/runs.ts';

const four = '../shared/data/sparkify/events.jsonl';
const many = '../shared/data/sparkify/log-small-10000.jsonl.gz';

describe.skipIf(!existsSync(four))('real events (skipped where ../shared/data is absent)', () => {
  const home = join(temporaryFolder(), 'home');

  test('four listeners are too few to train on, and the run ends with a report', async () => {
    const { exitCode, all } = await millrace(home, 'run', 'churn', '--events', four);
    expect(exitCode, all).toBe(0);
    const { events, model, report, warehouse } = summaryOf(home);
    expect(events).toMatchObject({ read: 4195, produced: 4195, rejected: 0, ingested: 4195, quarantined: 0, duplicates: 0 });
    expect(model).toHaveProperty('skipped');
    expect(warehouse!.engine).toMatch(/^pglite /);
    expect(existsSync(report!)).toBe(true);
    expect(await eventsInLake(home)).toBe(4195);
  });

  test('a second file joins the first in the lake, and neither doubles', async () => {
    const { exitCode, all } = await millrace(home, 'run', 'churn', '--events', many, four);
    expect(exitCode, all).toBe(0);
    expect(summaryOf(home).events).toMatchObject({ read: 14195, produced: 10000, alreadySent: 4195, ingested: 10000, quarantined: 0 });
    expect(await eventsInLake(home)).toBe(14195);
    expect(await eventsInLake(home, 'user_id IS NULL')).toBe(336);
  });
});
