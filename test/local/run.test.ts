import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { Interrupted, StepFailure } from '../../lib/cli/failures.ts';
import { generatedEvents, type GeneratedFiles } from '../../lib/local/generated.ts';
import { Home } from '../../lib/local/home.ts';
import { runPipeline, type PipelineRun } from '../../lib/local/run.ts';
import type { RunContext } from '../../lib/local/context.ts';
import type { Summary } from '../../lib/local/summary.ts';
import type { OnProgress, StepOutcome } from '../../lib/cli/tasks.ts';
import { songplays } from '../../lib/pipelines/songplays.ts';
import { stepsOf, type Step } from '../../lib/pipelines/pipeline.ts';
import { temporaryFolder } from '../support/folder.ts';

type RunStep = (context: RunContext<object>, step: Step<object>, onProgress: OnProgress) => Promise<StepOutcome>;
const runStep = vi.fn<RunStep>();
vi.mock('../../lib/local/steps/run-step.ts', () => ({
  runStep: (...args: Parameters<RunStep>) => runStep(...args),
}));
vi.spyOn(console, 'log').mockImplementation(() => {});
vi.spyOn(process.stdout, 'write').mockReturnValue(true);
vi.spyOn(process.stderr, 'write').mockReturnValue(true);
afterEach(() => void runStep.mockReset());

/** A run of the songplays pipeline's own steps; what they do is up to the test. */
function run(home: Home, changes: Partial<PipelineRun<object, GeneratedFiles>> = {}): Promise<string> {
  const inputs = () => ({ logs: ['/data/logs'], songs: ['/data/songs'] });
  const { signal } = new AbortController();
  return runPipeline({ home, pipeline: songplays, parameters: () => ({}), inputs, fresh: false, signal, ...changes });
}

const summaryOf = (home: Home) => JSON.parse(readFileSync(join(home.runs(), 'latest', 'summary.json'), 'utf8')) as Summary;
const done: RunStep = (context, step) => {
  if (step.kind === 'report') context.summary.report = 'report.html';
  return Promise.resolve({ rowsIn: 1, rowsOut: 1 });
};

test('a pipeline without topics has no broker; its steps get their inputs by name, and its summary has what it is about', async () => {
  const home = new Home(temporaryFolder());
  runStep.mockImplementation(done);
  expect(await run(home)).toBe('report.html');
  expect(existsSync(join(home.root, 'kafka'))).toBe(false);
  expect(runStep.mock.calls.map(([context]) => context.inputs)).toEqual(
    stepsOf(songplays).map(() => ({ logs: ['/data/logs'], songs: ['/data/songs'] })),
  );
  const summary = summaryOf(home);
  expect(summary).toMatchObject({ pipeline: 'songplays', input: ['/data/logs', '/data/songs'], staged: {} });
  expect(summary.steps.map(({ name }) => name).sort()).toEqual(
    stepsOf(songplays)
      .map(({ name }) => name)
      .sort(),
  );
  for (const absent of ['events', 'model', 'failed', 'stopped']) expect(summary).not.toHaveProperty(absent);
});

test('generated events are the logs, and the songs are those that they refer to', async () => {
  const home = new Home(temporaryFolder());
  runStep.mockImplementation(done);
  await run(home, {
    generate: generatedEvents({ users: 3, days: 3, seed: 1 }),
    inputs: (made) => ({ logs: [made!.events], songs: [made!.songs] }),
  });
  const { logs, songs } = runStep.mock.calls[0]![0].inputs;
  const events = readFileSync(logs![0]!, 'utf8').trimEnd().split('\n');
  expect(summaryOf(home).steps[0]).toMatchObject({ name: 'generate', rowsOut: events.length });
  expect(JSON.parse(readFileSync(songs![0]!, 'utf8').split('\n')[0]!)).toHaveProperty('song_id');
  expect(summaryOf(home).input).toEqual(['generated: 3 users, 3 days, seed 1']);
});

test('fails with the step that failed, when those beside it have ended; the lock is given back', async () => {
  const home = new Home(temporaryFolder());
  const ended: string[] = [];
  runStep.mockImplementation(async (_, { name }) => {
    if (name === 'stage-songs') throw new Error('songs must be readable, got none');
    await new Promise((resolve) => setTimeout(resolve, 20));
    ended.push(name);
    return { rowsIn: 0, rowsOut: 0 };
  });
  await expect(run(home)).rejects.toThrow(new StepFailure('stage-songs', 'songs must be readable, got none'));
  expect(ended).toEqual(['stage-events']);
  expect(summaryOf(home)).toMatchObject({ failed: { step: 'stage-songs', reason: 'songs must be readable, got none' }, report: null });
  expect(existsSync(home.lock())).toBe(false);
});

test('a run that is told to stop says so, and begins no further step', async () => {
  const home = new Home(temporaryFolder());
  const stopping = new AbortController();
  runStep.mockImplementation(() => {
    stopping.abort();
    return Promise.reject(new Error('killed'));
  });
  await expect(run(home, { signal: stopping.signal })).rejects.toBeInstanceOf(Interrupted);
  expect(runStep.mock.calls.length).toBeLessThanOrEqual(2);
  expect(summaryOf(home)).toMatchObject({ stopped: true, report: null });
});

test('--fresh removes what runs derived, and keeps what was generated and the records of runs', async () => {
  const home = new Home(temporaryFolder());
  for (const folder of [home.staged(), home.lake(), join(home.root, 'warehouse'), home.generated()]) mkdirSync(folder, { recursive: true });
  runStep.mockImplementation(done);
  await run(home, { fresh: true });
  expect([home.staged(), home.lake(), join(home.root, 'warehouse'), home.generated()].map((folder) => existsSync(folder))).toEqual([
    false,
    false,
    false,
    true,
  ]);
});
