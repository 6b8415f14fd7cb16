import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { churnScores } from '../../../lib/contracts/churn-scores.ts';
import { dailyActivity } from '../../../lib/contracts/daily-activity.ts';
import type { Dataset } from '../../../lib/contracts/dataset.ts';
import { listeningEvent } from '../../../lib/contracts/listening-event.ts';
import { userFeatures } from '../../../lib/contracts/user-features.ts';
import { CHECKOUT, Home } from '../../../lib/local/home.ts';
import { sparkSubmit } from '../../../lib/local/spark.ts';

/** What is compared: all but when a row was made, and by what; the name of a file is part of its events' ids. */
const COMPARED: readonly (readonly [Dataset, readonly string[]])[] = [
  [listeningEvent, ['event_id']],
  [userFeatures, []],
  [churnScores, ['model_version', 'scored_at']],
  [dailyActivity, []],
];

/** All rows of a lake, each as a line of JSON, in order. */
export async function lakeRows(home: Home, database: string): Promise<string[]> {
  const log = await mkdtemp(join(tmpdir(), 'millrace-rows-'));
  const statement = COMPARED.map(([dataset, left]) => {
    const columns = dataset.fields.map(({ name }) => name).filter((name) => !left.includes(name));
    return `SELECT '${dataset.name}' AS table, to_json(struct(${columns.join(', ')})) AS row FROM ${dataset.name}`;
  }).join(' UNION ALL ');
  const lines: string[] = [];
  const args = ['--database', database, '--format', 'json', '--limit', '100000', '--', statement];
  await sparkSubmit({ home, script: 'query.py', arguments: args, log: join(log, 'query.log'), onLine: (line) => lines.push(line) });
  await rm(log, { recursive: true });
  return lines.sort();
}

/** The rows of `millrace run churn` on an event file. */
export async function laptopRows(folder: string, events: string): Promise<string[]> {
  const home = join(folder, 'laptop');
  const { failed, all } = await execa('node', [join(CHECKOUT, 'bin/launch.mjs'), 'run', 'churn', '--events', events], {
    env: { MILLRACE_HOME: home },
    all: true,
    reject: false,
  });
  if (failed) throw new Error(`millrace run churn must succeed, got\n${all}`);
  return lakeRows(new Home(home), 'lake.millrace');
}
