import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { pipelineDefinition } from '../../lib/constructs/state-machine/pipeline-definition.ts';
import { localEndpoints } from '../../lib/local/endpoints.ts';
import { Home } from '../../lib/local/home.ts';
import type { SparkRun } from '../../lib/local/spark.ts';
import { runSparkStep } from '../../lib/local/steps/spark.ts';
import { emptySummary } from '../../lib/local/summary.ts';
import { churn } from '../../lib/pipelines/churn.ts';
import { stepsOf, type Endpoints } from '../../lib/pipelines/pipeline.ts';
import { argumentsOf, AWS, definitionParts, path } from '../constructs/state-machine/parts.ts';

const submitted: SparkRun[] = [];
vi.mock('../../lib/local/spark.ts', () => ({
  sparkSubmit: async (run: SparkRun) => {
    submitted.push(run);
    await writeFile(run.arguments.at(-1)!, '{"rowsIn": 0, "rowsOut": 0}');
  },
}));

let folder: string;
let local: Endpoints;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-renderings-'));
  const home = new Home(folder);
  local = { ...localEndpoints(home, '127.0.0.1:9092') };
  const context = {
    pipeline: churn,
    parameters: { ...churn.defaults, cutoff: 'auto' },
    home,
    runFolder: join(folder, 'run'),
    endpoints: local,
    inputs: {},
    warehouse: () => Promise.reject(new Error('no warehouse here')),
    signal: new AbortController().signal,
    summary: emptySummary(churn, [], new Date()),
    rejects: [],
  };
  for (const step of stepsOf(churn)) if (step.kind === 'spark') await runSparkStep(context, step, () => undefined);
});

afterAll(() => rm(folder, { recursive: true }));

/** The same places by one name, whichever runtime they are of; options of Kafka's clients are what only one of them has. */
function neutral(args: readonly string[], endpoints: Endpoints): string[] {
  const places = (['brokers', 'database', 'checkpoints', 'models', 'exports'] as const).map(
    (name) => [endpoints[name], `<${name}>`] as const,
  );
  const contracts = ['listening_events', 'user_features', 'churn_scores', 'daily_activity'].map(
    (name) => [endpoints.contract(name), `<contract ${name}>`] as const,
  );
  const options = Object.entries(endpoints.kafkaOptions).flatMap(([name, value]) => ['--kafka-option', `${name}=${value}`]);
  const known = args.map((arg) =>
    [...contracts, ...places].reduce((text, [place, name]) => text.replace(place, name), arg === '{% $cutoff %}' ? 'auto' : arg),
  );
  const at = known.indexOf('--kafka-option');
  return (at < 0 ? known : known.toSpliced(at, options.length)).slice(0, -1);
}

test('the state machine and the local runner run the same steps, in the same order, with the same arguments but for the endpoints', () => {
  const { States, StartAt } = pipelineDefinition(churn, definitionParts());
  const way = path(States, StartAt, { 'A file to send?': 'produce' }).filter((name) => stepsOf(churn).some((step) => step.name === name));
  expect(way).toEqual(stepsOf(churn).map(({ name }) => name));

  const onAws = way.filter((name) => String(States[name]!['Resource']).endsWith('addStep.sync')).map((name) => argumentsOf(States[name]!));
  expect(onAws.map(([script]) => script)).toEqual(submitted.map(({ script }) => `s3://assets/${script}`));
  for (const [index, [, ...args]] of onAws.entries()) {
    expect(neutral(args, AWS)).toEqual(neutral(submitted[index]!.arguments, local));
  }
  expect(onAws.length).toBe(6);
});

test('settings of a step are given to Spark by both', () => {
  const { States } = pipelineDefinition(churn, definitionParts());
  const train = submitted.find(({ script }) => script === 'train.py')!;
  expect(train.conf).toEqual({ 'spark.dynamicAllocation.enabled': 'false' });
  expect(JSON.stringify(States['train'])).toContain('spark.dynamicAllocation.enabled=false');
});
