import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { serverProperties } from '../../lib/local/broker/settings.ts';
import { assessments, type AssessmentsParameters } from '../../lib/pipelines/assessments.ts';
import { stepsOf, type Endpoints, type SparkStep } from '../../lib/pipelines/pipeline.ts';

const endpoints: Endpoints = {
  brokers: 'b1:9098',
  kafkaOptions: { 'security.protocol': 'SASL_SSL' },
  database: 'glue.dev',
  checkpoints: 's3://lake/checkpoints',
  models: 's3://lake/models',
  exports: 's3://lake/exports',
  staged: 's3://lake/staged',
  contract: (name) => `s3://artifacts/contracts/${name}.json`,
};
const sparkSteps = stepsOf(assessments).filter((step): step is SparkStep<AssessmentsParameters> => step.kind === 'spark');
const argumentsOf = (name: string, parameters: AssessmentsParameters = {}) =>
  sparkSteps
    .find((step) => step.name === name)!
    .arguments(endpoints, parameters)
    .join(' ');

test('every Spark step has its script', () => {
  expect(sparkSteps.map(({ script }) => script).filter((script) => !existsSync(`spark-steps/${script}`))).toEqual([]);
  expect(sparkSteps.length).toBeGreaterThan(0);
});

test('topics, broker and reader agree on the size of a message', () => {
  const sizes = assessments.topics.map(({ config }) => config['max.message.bytes']);
  expect(sizes).toEqual(['5242880', '5242880']);
  expect(argumentsOf('land')).toContain('--max-message-bytes 5242880');
  expect(serverProperties({ broker: 1, controller: 2 })).toContain('\nmessage.max.bytes=5242880\n');
});

test('a range to read again reaches the landing, and nothing of it is there where none is asked for', () => {
  const again = { fromOffset: '0:1,1:2', toOffset: '9', skipMissing: 'yes' };
  expect(argumentsOf('land', again)).toMatch(/--from-offset 0:1,1:2 --to-offset 9 --skip-missing yes/);
  expect(argumentsOf('land')).not.toMatch(/offset|skip/);
});

test('what the warehouse loads is what is exported, each table with its own contract', () => {
  const tables = assessments.tables.map(({ name }) => name);
  expect(argumentsOf('export')).toBe(
    [
      ...tables.map((name) => `--table glue.dev.${name}`),
      ...tables.map((name) => `--contract s3://artifacts/contracts/${name}.json`),
      '--out s3://lake/exports',
    ].join(' '),
  );
});
