import { defineConfig } from 'vitest/config';

/** One file after the other, one test after the other: each goes on where the last one ended. */
export default defineConfig({
  test: {
    include: ['test/deployment/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 120_000,
    bail: 1,
  },
});
