import { join } from 'node:path';
import { expect, test } from 'vitest';
import { millrace, reaches } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { summaryOf } from '../support/runs.ts';

const ROWS = 4_000;

/** What a statement over the lake gives. */
async function lake(home: string, statement: string): Promise<Record<string, number>> {
  const { stdout, all } = await millrace(home, 'sql', '--format', 'json', statement);
  expect(stdout, all).not.toBe('');
  return JSON.parse(stdout) as Record<string, number>;
}

test('each live impression is predicted once, its outcome counts; the next run takes the live ones as history, and Ctrl-C ends a flow in order', async () => {
  const home = join(temporaryFolder(), 'home');
  const first = await millrace(home, 'run', 'clicks', '--rows', String(ROWS), '--rate', '500');
  expect(first.exitCode, first.all).toBe(0);
  const summary = summaryOf(home);
  const { sent, predicted, labelled } = summary.live!;
  expect([predicted, labelled]).toEqual([sent, sent]);
  expect(sent + summary.events!.produced).toBe(ROWS);
  expect(summary.events!.ingested).toBe(summary.events!.produced);
  expect(await lake(home, 'SELECT count(*) AS n, count(DISTINCT id) AS ids FROM click_predictions')).toEqual({ n: sent, ids: sent });
  expect(await lake(home, 'SELECT count(*) AS n, count(DISTINCT id) AS ids FROM ad_clicks')).toEqual({ n: sent, ids: sent });
  const hours = 'SELECT sum(impressions) AS impressions, sum(labelled) AS labelled, sum(predictions) AS predictions FROM click_hours';
  expect(await lake(home, hours)).toEqual({ impressions: ROWS, labelled: ROWS, predictions: sent });

  const following = millrace(home, 'run', 'clicks', '--rows', String(ROWS), '--rate', '500', '--follow');
  await reaches(following, (shown) => shown.includes('latency p50'));
  following.kill('SIGINT');
  const second = await following;
  expect(second.exitCode, second.all).toBe(0);
  const followed = summaryOf(home);
  expect(followed.events).toMatchObject({ produced: 0, ingested: sent });
  expect(followed.live!.sent).toBeGreaterThan(0);
  expect(followed.live!.predicted).toBe(followed.live!.sent);
  const all = sent + followed.live!.sent;
  expect(await lake(home, 'SELECT count(*) AS n, count(DISTINCT id) AS ids FROM click_predictions')).toEqual({ n: all, ids: all });
}, 900_000);
