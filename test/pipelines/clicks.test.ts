import { expect, test } from 'vitest';
import { CONTRACTS } from '../../lib/contracts/index.ts';
import { LAKE_TABLES } from '../../lib/local/relations.ts';
import { clicks, type ClicksParameters } from '../../lib/pipelines/clicks.ts';
import { stepsOf, type Endpoints, type SparkStep } from '../../lib/pipelines/pipeline.ts';

const endpoints: Endpoints = {
  brokers: 'b1:9098,b2:9098',
  kafkaOptions: { 'security.protocol': 'SASL_SSL' },
  database: 'glue.ads_dev',
  checkpoints: 's3://lake/checkpoints',
  models: 's3://lake/models',
  exports: 's3://lake/exports',
  staged: 's3://lake/staged',
  contract: (name) => `s3://artifacts/contracts/${name}.json`,
};

const sparkSteps = stepsOf(clicks).filter((step): step is SparkStep<ClicksParameters> => step.kind === 'spark');
const stepNamed = (name: string) => sparkSteps.find((step) => step.name === name)!;
const argumentsOf = (name: string, parameters: Partial<ClicksParameters> = {}) =>
  stepNamed(name)
    .arguments(endpoints, { ...clicks.defaults, ...parameters })
    .join(' ');
const continuousOf = (name: string) => stepNamed(name).continuous!(endpoints, clicks.defaults).join(' ');

test('steps know no place and no contract that did not come in as an endpoint, and every contract exists', () => {
  const text = sparkSteps.map(({ name }) => argumentsOf(name)).join(' ');
  expect(text).not.toMatch(/127\.0\.0\.1|file:|\.millrace|lake\.millrace/);
  const named = [...text.matchAll(/contracts\/(\w+)\.json/g)].map(([, name]) => name!);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !CONTRACTS.some((each) => each.name === name))).toEqual([]);
});

test('each topic that a step reads or writes is one of the pipeline, and each topic is of some use', () => {
  const used = stepsOf(clicks).flatMap((step) =>
    step.kind === 'spark'
      ? [...(step.consumes ?? []), ...(step.produces ?? [])]
      : step.kind === 'replay'
        ? [step.topic, step.rejectsTopic]
        : [],
  );
  const known = new Set(clicks.topics.map(({ name }) => name));
  expect(used.filter((name) => !known.has(name))).toEqual([]);
  const others = [...clicks.streams.map(({ rejectsTopic }) => rejectsTopic), clicks.immediateScoring!.resultsTopic];
  expect([...known].filter((name) => ![...used, ...others].includes(name))).toEqual([]);
});

test('an ingest tells which column says when its rows happened', () => {
  expect(argumentsOf('ingest')).toContain('--table glue.ads_dev.ad_impressions --event-time hour');
});

test('what runs on where a cluster is always there differs from a run in its trigger alone', () => {
  const trigger = /--trigger (available-now|\d+ seconds?)/;
  expect(trigger.exec(argumentsOf('score'))?.[1]).toBe('available-now');
  expect(continuousOf('score').replace(trigger, '')).toBe(argumentsOf('score').replace(trigger, ''));
  expect(trigger.exec(continuousOf('score'))?.[1]).toMatch(/second/);
});

test('live impressions are of the input that is replayed, and go where the scoring reads', () => {
  const { live, consumes, produces } = stepNamed('score');
  const replay = stepsOf(clicks).find((step) => step.kind === 'replay')!;
  expect(live).toMatchObject({ input: replay.input, topic: replay.topic });
  expect(consumes).toEqual([live!.topic, live!.outcomesTopic]);
  expect(produces).toEqual([live!.predictionsTopic]);
});

test('predictions go to the console and to CSV where asked, and true probabilities to the training alone', () => {
  expect(argumentsOf('score')).not.toMatch(/--csv|--console/);
  expect(argumentsOf('score', { csv: '/out', console: 5 })).toContain('--csv /out --console 5');
  expect(argumentsOf('train', { truth: '/truth.jsonl' })).toContain('--truth /truth.jsonl');
  expect(argumentsOf('score', { truth: '/truth.jsonl' })).not.toContain('truth');
});

test('the lake’s tables that SQL finds are those that the steps write', () => {
  const written = sparkSteps.flatMap(({ name }) => [...argumentsOf(name).matchAll(/glue\.ads_dev\.(\w+)/g)].map(([, table]) => table!));
  expect(new Set(written).size).toBeGreaterThan(6);
  expect(written.filter((table) => !LAKE_TABLES.includes(table))).toEqual([]);
});
