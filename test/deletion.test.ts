import type { Stack } from 'aws-cdk-lib/core';
import { describe, expect, test } from 'vitest';
import { DELETE_DATA_FLAG } from '../lib/constructs/environment-stack.ts';
import { ENVIRONMENTS, type Environment } from '../lib/environments.ts';
import type { EnvironmentStage } from '../lib/environment-stage.ts';
import { templateOf, testApp, testStage } from './support/stacks.ts';

interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

const stacksOf = (stage: EnvironmentStage) => stage.node.children as Stack[];
const resourcesOf = (stage: EnvironmentStage): [string, Resource][] =>
  stacksOf(stage).flatMap((stack) =>
    Object.entries((templateOf(stack).toJSON() as { Resources?: Record<string, Resource> }).Resources ?? {}),
  );
const kept = (stage: EnvironmentStage) =>
  resourcesOf(stage)
    .filter(([, { DeletionPolicy = 'Delete' }]) => DeletionPolicy !== 'Delete')
    .map(([, { Type }]) => Type);

/** What holds data, and the configuration that kept brokers run by: all of it, and nothing else, outlives the stacks of a stable environment. */
const DATA = [
  'AWS::Glue::Database',
  'AWS::KMS::Key',
  'AWS::MSK::Cluster',
  'AWS::MSK::Configuration',
  'AWS::MSK::Topic',
  'AWS::RedshiftServerless::Namespace',
  'AWS::S3::Bucket',
];

describe('dev', () => {
  const stage = testStage('dev');

  test('keeps nothing', () => expect(kept(stage)).toEqual([]));

  test('is not protected from being destroyed', () => {
    expect(stacksOf(stage).map(({ terminationProtection }) => terminationProtection)).not.toContain(true);
  });

  test('empties its buckets, which could not be deleted otherwise', () => {
    const buckets = resourcesOf(stage).filter(([, { Type }]) => Type === 'AWS::S3::Bucket');
    const emptied = resourcesOf(stage).filter(([, { Type }]) => Type === 'Custom::S3AutoDeleteObjects');
    expect(buckets.length).toBeGreaterThan(0);
    expect(emptied).toHaveLength(buckets.length);
  });
});

describe.each(ENVIRONMENTS.map(({ name }) => name))('%s', (name) => {
  const stage = testStage(name);

  test('gives every function a log group of its own: one that Lambda made would stay behind', () => {
    const functions = resourcesOf(stage).filter(([, { Type }]) => Type === 'AWS::Lambda::Function');
    const without = functions.filter(
      ([, { Properties }]) => !(Properties?.['LoggingConfig'] as { LogGroup?: unknown } | undefined)?.LogGroup,
    );
    expect(functions.length).toBeGreaterThan(0);
    expect(without.map(([id]) => id)).toEqual([]);
  });

  test('lets log groups go with their stack', () => {
    const groups = resourcesOf(stage).filter(([, { Type }]) => Type === 'AWS::Logs::LogGroup');
    expect(groups.filter(([, { DeletionPolicy }]) => DeletionPolicy !== 'Delete').map(([id]) => id)).toEqual([]);
  });
});

describe.each(ENVIRONMENTS.filter(({ stable }) => stable).map(({ name }) => name))('%s', (name) => {
  const withKeys = (changes: Partial<Environment>, flags: Record<string, unknown>) => testStage(name, changes, testApp({ flags }));

  test('keeps what holds data, and nothing else', () => {
    expect([...new Set(kept(testStage(name)))].sort()).toEqual(DATA);
  });

  test('refuses to be destroyed', () => {
    for (const { terminationProtection, stackName } of stacksOf(testStage(name))) expect(terminationProtection, stackName).toBe(true);
  });

  test.each([
    ['the setting alone', { deleteData: true }, {}],
    ['the flag alone', {}, { [DELETE_DATA_FLAG]: name }],
    ['the setting and a flag that names another environment', { deleteData: true }, { [DELETE_DATA_FLAG]: 'dev' }],
  ])('does not give its data away for %s', (_, changes, flags) => {
    const stage = withKeys(changes, flags);
    expect([...new Set(kept(stage))].sort()).toEqual(DATA);
    expect(stacksOf(stage).every(({ terminationProtection }) => terminationProtection)).toBe(true);
  });

  test('goes whole when both keys are turned', () => {
    const stage = withKeys({ deleteData: true }, { [DELETE_DATA_FLAG]: name });
    expect(kept(stage)).toEqual([]);
    expect(stacksOf(stage).some(({ terminationProtection }) => terminationProtection)).toBe(false);
  });
});
