import { expect, test } from 'vitest';
import { ENVIRONMENTS } from '../lib/environments.ts';
import { NetworkStack } from '../lib/network-stack.ts';
import { retained } from './support/retained.ts';
import { emptyStage } from './support/stacks.ts';

test.each(ENVIRONMENTS)('keeps nothing of the network of $name: it holds no data', (environment) => {
  expect(retained(new NetworkStack(emptyStage(environment.name), 'network', { environment }))).toEqual([]);
});
