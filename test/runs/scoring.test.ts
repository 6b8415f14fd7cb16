import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sendImpressions } from '../../bench/click-latency/load.ts';
import { scoreArguments, startSpark } from '../../bench/click-latency/scorers.ts';
import { openStage, type Stage } from '../../bench/click-latency/stage.ts';
import { topicOffsets } from '../../lambdas/shared/kafka/topics.ts';
import { sparkSubmit } from '../../lib/local/spark.ts';
import { millrace } from '../support/cli.ts';

const RATE = 200;
let stage: Stage;

beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close(), 60_000);

test('Spark killed while it scores: the next start goes on, and the lake has each live impression once', async () => {
  await startSpark(stage, 'as-fast-as-possible');
  const sending = sendImpressions(stage.bootstrap, 'ad-impressions', RATE, 30, 'i');
  await predictions(RATE * 5);
  const [leader] = readdirSync(stage.home.running()).map(Number);
  process.kill(-leader!, 'SIGKILL');
  const sent = await sending;
  expect(await inLake()).toBeLessThan(sent);

  const result = await scoreWhatIsThere();
  expect(result).toBeGreaterThan(0);
  expect(result).toBeLessThan(sent);
  expect(await inLake()).toBe(sent);
});

test('a broker that starts again while Spark scores: it goes on by itself, and the lake has each live impression once', async () => {
  const scorer = await startSpark(stage, 'as-fast-as-possible');
  const before = await sendImpressions(stage.bootstrap, 'ad-impressions', RATE, 5, 'before-');
  await predictions(RATE);
  await stage.restartBroker();
  const after = await sendImpressions(stage.bootstrap, 'ad-impressions', RATE, 5, 'after-');
  await predictions(before + after);
  await scorer.stop();

  await scoreWhatIsThere();
  expect(await inLake()).toBe(before + after);
});

/** Waits until the topic has so many predictions. */
async function predictions(count: number): Promise<void> {
  for (const until = Date.now() + 180_000; ; await sleep(200)) {
    const offsets = await topicOffsets({ brokers: [stage.bootstrap] }, 'click-predictions');
    const there = offsets.reduce((sum, { high }) => sum + high, 0);
    if (there >= count) return;
    if (Date.now() > until) throw new Error(`predictions must be ${count}, got ${there}`);
  }
}

/** @returns how many impressions it scored */
async function scoreWhatIsThere(): Promise<number> {
  const result = join(stage.home.root, 'result.json');
  const log = join(stage.home.root, 'rest.log');
  await sparkSubmit({ home: stage.home, script: 'score_clicks.py', arguments: scoreArguments(stage, 'available-now', result), log });
  return (JSON.parse(readFileSync(result, 'utf8')) as { scored: number }).scored;
}

/** Predictions in the lake, of which no two may be of the same impression. */
async function inLake(): Promise<number> {
  const { stdout } = await millrace(
    stage.home.root,
    'sql',
    '--format',
    'csv',
    'SELECT count(*) AS n, count(DISTINCT id) AS ids FROM click_predictions',
  );
  const [rows, ids] = stdout.trim().split('\n').at(-1)!.split(',').map(Number);
  expect(ids).toBe(rows);
  return rows!;
}
