import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Two environments are synthesized before some tests, on a machine that does other things, too.
    hookTimeout: 60_000,
    include: ['test/**/*.test.ts'],
    // Have scripts of their own: npm run test:runs, npm run test:deployment.
    exclude: [...configDefaults.exclude, 'test/runs/**', 'test/deployment/**'],
    // Many files wait for brokers and servers: on two cores, where vitest would run one after the other, two together take a third less.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 30_000,
  },
});
