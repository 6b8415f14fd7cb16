import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Summary } from '../../lib/local/summary.ts';
import { millrace } from './cli.ts';

/** What the last run with its data in `home` says of itself. */
export function summaryOf(home: string): Summary {
  return JSON.parse(readFileSync(join(home, 'runs', 'latest', 'summary.json'), 'utf8')) as Summary;
}

/** The steps of the churn pipeline, as its summary lists them. */
export const CHURN_STEPS = ['broker', 'produce', 'ingest', 'maintain', 'features', 'train', 'score', 'publish', 'load', 'report'];

/** Events in the lake, of which no two may have the same id. */
export async function eventsInLake(home: string, condition = 'true'): Promise<number> {
  const { stdout } = await millrace(
    home,
    'sql',
    '--format',
    'csv',
    `SELECT count(*) AS n, count(DISTINCT event_id) AS ids FROM listening_events WHERE ${condition}`,
  );
  const [rows, ids] = stdout.trim().split('\n').at(-1)!.split(',').map(Number);
  expect(ids).toBe(rows);
  return rows!;
}
