import { readFileSync } from 'node:fs';
import type { Stack } from 'aws-cdk-lib/core';
import { describe, expect, test } from 'vitest';
import { ENVIRONMENTS } from '../lib/environments.ts';
import { templateOf, testStage } from './support/stacks.ts';

/**
 * What holds data, and the properties that CloudFormation changes only by making another one, which is empty (`createOnlyProperties` of the
 * published resource schemas). A property that has another name in the template, such as a logical id, replaces all the same.
 */
const CREATE_ONLY: Readonly<Record<string, readonly string[]>> = {
  'AWS::Glue::Database': ['DatabaseName'],
  'AWS::KMS::Key': [],
  'AWS::MSK::Cluster': [
    'ClusterName',
    'BrokerNodeGroupInfo/BrokerAZDistribution',
    'BrokerNodeGroupInfo/ClientSubnets',
    'BrokerNodeGroupInfo/SecurityGroups',
    'EncryptionInfo/EncryptionAtRest',
    'EncryptionInfo/EncryptionInTransit/InCluster',
  ],
  'AWS::MSK::Configuration': ['KafkaVersionsList', 'Name'],
  'AWS::MSK::Topic': ['ClusterArn', 'ReplicationFactor', 'TopicName'],
  'AWS::RedshiftServerless::Namespace': ['NamespaceName'],
  'AWS::RedshiftServerless::Workgroup': ['NamespaceName', 'WorkgroupName'],
  'AWS::S3::Bucket': ['BucketName'],
};

type Values = Readonly<Record<string, unknown>>;

/** As deployed. A change here is a decision to lose what the resource holds, or comes with a way to move it first. */
const DEPLOYED = JSON.parse(readFileSync(new URL('create-only.json', import.meta.url), 'utf8')) as Readonly<Record<string, Values>>;

/** Create-only values of an environment, by `<stack>/<logical id>/<property>`; the type stands for the resource itself. */
function createOnly(environment: string): Values {
  const stacks = testStage(environment).node.children as Stack[];
  return Object.fromEntries(
    stacks.flatMap((stack) => {
      const { Resources = {} } = templateOf(stack).toJSON() as { Resources?: Record<string, { Type: string; Properties?: Values }> };
      return Object.entries(Resources).flatMap(([id, { Type, Properties }]) => {
        const names = CREATE_ONLY[Type];
        if (!names) return [];
        const values = names.map((name): [string, unknown] => [`${stack.node.id}/${id}/${name}`, valueAt(Properties, name)]);
        return [[`${stack.node.id}/${id}`, Type] as [string, unknown], ...values.filter(([, value]) => value !== undefined)];
      });
    }),
  );
}

function valueAt(properties: unknown, path: string): unknown {
  return path.split('/').reduce((value, name) => (value as Values | undefined)?.[name], properties);
}

/** One line for each value that is another than the one deployed. */
function replaced(deployed: Values, now: Values): string[] {
  const names = [...new Set([...Object.keys(deployed), ...Object.keys(now)])];
  return names
    .filter((name) => JSON.stringify(deployed[name]) !== JSON.stringify(now[name]))
    .map((name) => {
      const [before, after] = [deployed[name], now[name]].map((value) => JSON.stringify(value) ?? 'nothing');
      return name in deployed
        ? `${name} must stay ${before}, or its data are lost, got ${after}`
        : `${name} must be in test/create-only.json from its first deployment on, got ${after}`;
    });
}

describe.each(ENVIRONMENTS.map(({ name }) => name))('a deployment of %s', (name) => {
  test('replaces nothing that holds data', () => {
    expect(replaced(DEPLOYED[name] ?? {}, createOnly(name))).toEqual([]);
  });
});

test('a value that changed, came or went is told', () => {
  expect(replaced({ a: 1, b: ['x'], c: 2 }, { a: 1, b: ['y'], d: 3 })).toEqual([
    'b must stay ["x"], or its data are lost, got ["y"]',
    'c must stay 2, or its data are lost, got nothing',
    'd must be in test/create-only.json from its first deployment on, got 3',
  ]);
});
