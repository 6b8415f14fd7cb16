import type { App } from 'aws-cdk-lib/core';
import { expect, test } from 'vitest';
import { ENVIRONMENTS, environment } from '../lib/environments.ts';
import { NetworkStack } from '../lib/network-stack.ts';
import { retained } from './support/retained.ts';
import { emptyStage } from './support/stacks.ts';

test.each(ENVIRONMENTS)('keeps nothing of the network of $name: it holds no data', (settings) => {
  expect(retained(new NetworkStack(emptyStage(settings.name), 'network', { environment: settings }))).toEqual([]);
});

test('looks nothing up in the account: the same settings make the same templates everywhere', () => {
  const stage = emptyStage('dev');
  new NetworkStack(stage, 'network', { environment: environment('dev') });
  const assembly = (stage.node.root as App).synth();
  expect(assembly.getNestedAssembly('assembly-dev').manifest.missing ?? []).toEqual([]);
});
