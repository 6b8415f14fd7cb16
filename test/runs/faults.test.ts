import { execa } from 'execa';
import { expect, test } from 'vitest';

// Tests in Python that take many runs of a step, marked so in test/spark-steps.
test('Spark steps lose and double nothing at any fault', async () => {
  const { exitCode, all } = await execa('.venv/bin/python', ['-m', 'pytest', '-m', 'runs'], { all: true, reject: false });
  expect(exitCode, all).toBe(0);
  expect(all).toMatch(/\d+ passed/);
}, 1_200_000);
