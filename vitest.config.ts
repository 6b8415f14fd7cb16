import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Have scripts of their own: npm run test:runs, npm run test:deployment.
    exclude: [...configDefaults.exclude, 'test/runs/**', 'test/deployment/**'],
    testTimeout: 30_000,
  },
});
