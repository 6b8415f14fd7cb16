import { Template } from 'aws-cdk-lib/assertions';
import type { Stack } from 'aws-cdk-lib/core';
import { describe, expect, test } from 'vitest';
import { ENVIRONMENTS } from '../lib/environments.ts';
import { testStage } from './support/stacks.ts';

const STACKS = ['network', 'lake', 'stream', 'processing', 'warehouse', 'producers', 'pipelines', 'operations'] as const;

/** A template with asset hashes numbered in their order: a changed file changes nothing here, two that changed places do. */
function masked(stack: Stack): string {
  const seen: string[] = [];
  const number = (hash: string) => {
    if (!seen.includes(hash)) seen.push(hash);
    return `asset-${seen.indexOf(hash) + 1}`;
  };
  return `${JSON.stringify(Template.fromStack(stack).toJSON(), null, 1).replaceAll(/\b[0-9a-f]{64}\b/g, number)}\n`;
}

describe.each(ENVIRONMENTS.map(({ name }) => name))('%s', (name) => {
  const stage = testStage(name);

  test.each(STACKS)('the %s stack changes only on purpose', async (stack) => {
    await expect(masked(stage[stack])).toMatchFileSnapshot(`snapshots/${name}/${stack}.json`);
  });
});

test('every stack has a snapshot', () => {
  const stacks = testStage('dev').node.children.map(({ node }) => node.id);
  expect(stacks.sort()).toEqual([...STACKS].sort());
});
