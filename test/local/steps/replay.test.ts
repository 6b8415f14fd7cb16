import { mkdirSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ensureTopics } from '../../../lib/local/broker.ts';
import { localEndpoints } from '../../../lib/local/endpoints.ts';
import { Home } from '../../../lib/local/home.ts';
import type { RunContext } from '../../../lib/local/context.ts';
import { runReplayStep } from '../../../lib/local/steps/replay.ts';
import { emptySummary } from '../../../lib/local/summary.ts';
import { churn, type ChurnParameters } from '../../../lib/pipelines/churn.ts';
import { replayStepOf } from '../../../lib/pipelines/pipeline.ts';
import { testBroker } from '../../support/broker.ts';
import { temporaryFolder } from '../../support/folder.ts';

const EVENTS_IN_SAMPLE = 646; // data/README.md
const DAY_MS = 24 * 60 * 60 * 1000;
const home = new Home(temporaryFolder());
const { bootstrap } = await testBroker();
const step = replayStepOf(churn);

/** What one run of the step over the committed sample did with its events. */
async function replayed() {
  const runFolder = join(home.root, 'runs', 'one');
  mkdirSync(join(runFolder, 'logs'), { recursive: true });
  const summary = emptySummary(churn, [], new Date());
  const context: RunContext<ChurnParameters> = {
    pipeline: churn,
    parameters: { seed: 1 },
    home,
    runFolder,
    endpoints: localEndpoints(home, bootstrap),
    inputs: { events: ['data/sample/listening-events.jsonl'] },
    warehouse: () => Promise.reject(new Error('replay must need no warehouse')),
    signal: new AbortController().signal,
    summary,
    rejects: [],
  };
  await runReplayStep(context, step, () => {});
  const { produced, alreadySent } = summary.events!;
  return { produced, alreadySent };
}

test('a file is sent once, and again when the topic may have dropped it since', async () => {
  await ensureTopics(bootstrap, churn.topics);
  expect(await replayed()).toEqual({ produced: EVENTS_IN_SAMPLE, alreadySent: 0 });
  expect(await replayed()).toEqual({ produced: 0, alreadySent: EVENTS_IN_SAMPLE });

  // The topic keeps messages for seven days; a record older than half of that is not relied upon.
  const longAgo = new Date(Date.now() - 4 * DAY_MS);
  for (const record of readdirSync(home.replayed())) utimesSync(join(home.replayed(), record), longAgo, longAgo);
  expect(await replayed()).toEqual({ produced: EVENTS_IN_SAMPLE, alreadySent: 0 });
});
