import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ensureTopics } from '../../../lib/local/broker.ts';
import { localEndpoints } from '../../../lib/local/endpoints.ts';
import { Home } from '../../../lib/local/home.ts';
import type { RunContext } from '../../../lib/local/context.ts';
import { runReplayStep } from '../../../lib/local/steps/replay.ts';
import { emptySummary } from '../../../lib/local/summary.ts';
import { assessments } from '../../../lib/pipelines/assessments.ts';
import { churn } from '../../../lib/pipelines/churn.ts';
import { replayStepOf, type UnattendedPipeline } from '../../../lib/pipelines/pipeline.ts';
import { testBroker } from '../../support/broker.ts';
import { temporaryFolder } from '../../support/folder.ts';

const EVENTS_IN_SAMPLE = 646; // data/README.md
const DAY_MS = 24 * 60 * 60 * 1000;
const home = new Home(temporaryFolder());
const { bootstrap } = await testBroker();

/** What one run of the step did with the events of files, or of the committed sample. */
function replayed(...files: string[]) {
  return replayedBy(churn, files.length > 0 ? files : ['data/sample/listening-events.jsonl']);
}

async function replayedBy<Parameters>(pipeline: UnattendedPipeline<Parameters>, files: readonly string[]) {
  const step = replayStepOf(pipeline);
  const runFolder = join(home.root, 'runs', 'one');
  mkdirSync(join(runFolder, 'logs'), { recursive: true });
  const summary = emptySummary(pipeline, [], new Date());
  const context: RunContext<Parameters> = {
    pipeline,
    parameters: pipeline.defaults,
    home,
    runFolder,
    endpoints: localEndpoints(home, bootstrap),
    inputs: { [step.input]: files },
    warehouse: () => Promise.reject(new Error('replay must need no warehouse')),
    signal: new AbortController().signal,
    summary,
    rejects: [],
  };
  const { note } = await runReplayStep(context, step, () => {});
  const { produced, alreadySent } = summary.events!;
  return { produced, alreadySent, note };
}

test('a file is sent once, and again when the topic may have dropped it since', async () => {
  await ensureTopics(bootstrap, churn.topics);
  expect(await replayed()).toMatchObject({ produced: EVENTS_IN_SAMPLE, alreadySent: 0 });
  expect(await replayed()).toMatchObject({ produced: 0, alreadySent: EVENTS_IN_SAMPLE });

  // The topic keeps messages for seven days; a record older than half of that is not relied upon.
  recordedLongAgo();
  expect(await replayed()).toMatchObject({ produced: EVENTS_IN_SAMPLE, alreadySent: 0 });
});

test('messages that have no ids are sent once, however long ago that was', async () => {
  await ensureTopics(bootstrap, assessments.topics);
  const file = join(temporaryFolder(), 'attempts.jsonl');
  writeFileSync(file, '{"base_exam_id":"e"}\n');
  expect(await replayedBy(assessments, [file])).toMatchObject({ produced: 1, alreadySent: 0 });
  recordedLongAgo();
  expect(await replayedBy(assessments, [file])).toMatchObject({ produced: 0, alreadySent: 1 });
});

function recordedLongAgo(): void {
  const longAgo = new Date(Date.now() - 4 * DAY_MS);
  for (const record of readdirSync(home.replayed())) utimesSync(join(home.replayed(), record), longAgo, longAgo);
}

test('of several files it says which ones had lines that were refused', async () => {
  await ensureTopics(bootstrap, churn.topics);
  const folder = temporaryFolder();
  const files = ['a', 'b', 'c', 'd', 'e'].map((name, n) => {
    const file = join(folder, `${name}.jsonl`);
    writeFileSync(file, `${'nonsense\n'.repeat(n)}{"ts":1538352117000,"page":"${name}","sessionId":1,"userId":"1"}\n`);
    return file;
  });
  expect((await replayed(...files)).note).toBe('10 rejected: 1 of b.jsonl, 2 of c.jsonl, 3 of d.jsonl, and 1 more');
});

test('files of which nothing fits fail the step, also when they were sent before, with the first reason', async () => {
  await ensureTopics(bootstrap, churn.topics);
  const folder = temporaryFolder();
  const [bad, good] = ['bad', 'good'].map((name) => join(folder, `${name}.jsonl`)) as [string, string];
  writeFileSync(bad, '\n{"ts":1}\nnonsense\n');
  writeFileSync(good, '{"ts":1538352117000,"page":"Home","sessionId":1,"userId":"1"}\n');
  const reason = 'files must hold events, got none in bad.jsonl: all 2 were rejected, the first (line 2 of bad.jsonl) as ';
  await expect(replayed(bad)).rejects.toThrow(reason);
  await expect(replayed(bad)).rejects.toThrow(reason);
  expect(await replayed(bad, good)).toMatchObject({ produced: 1 });
});
