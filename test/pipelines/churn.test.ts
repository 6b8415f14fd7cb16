import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { churn } from '../../lib/pipelines/churn.ts';
import { flags, stepsOf, type Endpoints, type SparkStep } from '../../lib/pipelines/pipeline.ts';

const endpoints: Endpoints = {
  brokers: 'b1:9098,b2:9098',
  kafkaOptions: { 'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'AWS_MSK_IAM' },
  database: 'glue.music_dev',
  checkpoints: 's3://lake/checkpoints',
  models: 's3://lake/models',
  exports: 's3://lake/exports',
  staged: 's3://lake/staged',
  contract: (name) => `s3://artifacts/contracts/${name}.json`,
};

const sparkSteps = stepsOf(churn).filter(
  (step): step is SparkStep<{ seed: number; cutoff?: string; truth?: string }> => step.kind === 'spark',
);
const argumentsOf = (name: string, parameters: { seed: number; cutoff?: string; truth?: string } = { seed: 1 }) =>
  sparkSteps
    .find((step) => step.name === name)!
    .arguments(endpoints, parameters)
    .join(' ');

test('every Spark step has its script', () => {
  expect(sparkSteps.map(({ script }) => script).filter((script) => !existsSync(`spark-steps/${script}`))).toEqual([]);
  expect(sparkSteps.length).toBeGreaterThan(0);
});

test('steps know no place that did not come in as an endpoint', () => {
  const text = sparkSteps.map((step) => step.arguments(endpoints, { seed: 1 }).join(' ')).join(' ');
  expect(text).not.toMatch(/127\.0\.0\.1|file:|\.millrace|lake\.millrace/);
  expect(argumentsOf('ingest')).toContain(
    '--brokers b1:9098,b2:9098 --topic listening-events --contract s3://artifacts/contracts/listening_events.json',
  );
  expect(argumentsOf('ingest')).toContain('--kafka-option security.protocol=SASL_SSL --kafka-option sasl.mechanism=AWS_MSK_IAM');
});

test('a cut-off reaches the features and the scores, and without one they choose it themselves', () => {
  for (const step of ['features', 'score']) {
    expect(argumentsOf(step, { seed: 1, cutoff: '2026-07-01' })).toContain('--cutoff 2026-07-01');
    expect(argumentsOf(step)).not.toContain('--cutoff ');
  }
});

test('features and training look ahead by the same horizon', () => {
  const horizon = (step: string) => /--horizon-days (\d+)/.exec(argumentsOf(step))?.[1];
  expect(horizon('features')).toBe('10');
  expect(horizon('train')).toBe('10');
});

test('the true probabilities are given to training alone', () => {
  expect(argumentsOf('train', { seed: 1, truth: 's3://x/truth.jsonl' })).toContain('--truth s3://x/truth.jsonl');
  expect(argumentsOf('score', { seed: 1, truth: 's3://x/truth.jsonl' })).not.toContain('truth');
});

test('a flag without a value is left out, and a list repeats its flag', () => {
  expect(flags({ a: 1, b: undefined, c: ['x', 'y'], d: [] })).toEqual(['--a', '1', '--c', 'x', '--c', 'y']);
});
