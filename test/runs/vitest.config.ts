import { defineConfig } from 'vitest/config';

/** Whole runs of a pipeline, several after another: `npm run test:runs`. One at a time, as each is to have the machine for itself. */
export default defineConfig({
  test: {
    include: ['test/runs/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
});
