import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generate } from '../../data/index.ts';

const SAMPLE = join(import.meta.dirname, '../../data/sample');

test('the committed sample is what the generator makes of 8 listeners, 14 days and seed 38: the same bytes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-sample-'));
  try {
    const [out, truth] = [join(folder, 'listening-events.jsonl'), join(folder, 'truth.jsonl')];
    await generate({ users: 8, days: 14, seed: 38, out, truth });
    // A changed generator gives other events under the same seed: then write both files anew, with the command in data/README.md.
    expect((await readFile(join(SAMPLE, 'listening-events.jsonl'))).equals(await readFile(out))).toBe(true);
    expect((await readFile(join(SAMPLE, 'truth.jsonl'))).equals(await readFile(truth))).toBe(true);
  } finally {
    await rm(folder, { recursive: true });
  }
});
