import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Has a run of its own: npm run test:deployment.
    exclude: [...configDefaults.exclude, 'test/deployment/**'],
    testTimeout: 30_000,
  },
});
