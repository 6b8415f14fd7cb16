import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateImpressions, impressionsOf } from '../../data/index.ts';
import { checker } from '../../lambdas/shared/messages.ts';
import { adImpressions } from '../../lambdas/shared/targets.ts';
import type { AdImpression } from '../../lib/contracts/ad-impression.ts';

let folder: string;
const ROWS = 6_000;
let csv: Buffer;
let truth: { id: string; probability: number }[];
let clicks: number;
const rows: AdImpression[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-impressions-'));
  const [out, truthFile] = [join(folder, 'impressions.csv'), join(folder, 'truth.jsonl')];
  ({ clicks } = await generateImpressions({ rows: ROWS, seed: 5, out, truth: truthFile }));
  csv = await readFile(out);
  truth = (await readFile(truthFile, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as (typeof truth)[number]);
  const check = checker(adImpressions, 1_048_588);
  for await (const records of adImpressions.format!.records(chunks())) {
    for (const record of records) {
      const checked = check(record, 'source');
      if (!checked.ok) throw new Error(checked.reason);
      rows.push(checked.row);
    }
  }
});
afterAll(() => rm(folder, { recursive: true }));

async function* chunks(): AsyncGenerator<Buffer> {
  await Promise.resolve();
  yield csv;
}

/** Half the chance that a clicked one is put before one that is not, and of ties: the area under the ROC curve. */
function areaUnderCurve(scored: readonly { probability: number; click: number }[]): number {
  let [below, wins, positives] = [0, 0, 0];
  for (const { click } of [...scored].sort((a, b) => a.probability - b.probability)) {
    if (click === 1) [wins, positives] = [wins + below, positives + 1];
    else below++;
  }
  return wins / (below * positives);
}

describe('generated impressions', () => {
  test('are read by the contract, each column filled, in order of time over ten days', () => {
    expect(rows.length).toBe(ROWS);
    expect(rows.filter((row) => Object.values(row).includes(null))).toEqual([]);
    expect(rows.filter(({ hour }, at) => hour < (rows[at - 1]?.hour ?? 0))).toEqual([]);
    expect(new Set(rows.map(({ hour }) => hour)).size).toBe(240);
  });

  test('have ids of 20 digits that no other has, also among those of another seed or number of rows', () => {
    expect(rows.filter(({ id }) => !/^\d{20}$/.test(id))).toEqual([]);
    const ids = new Set(rows.map(({ id }) => id));
    expect(ids.size).toBe(ROWS);
    for (const other of [impressionsOf({ rows: ROWS, seed: 6 }), impressionsOf({ rows: ROWS + 1, seed: 5 })]) {
      expect(Array.from({ length: 100 }, (_, at) => other.at(at).id).filter((id) => ids.has(id))).toEqual([]);
    }
  });

  test('are clicked as often as their true probabilities say, overall and in each tenth of them', () => {
    expect(truth.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    const scored = rows.map(({ click }, at) => ({ click: click!, probability: truth[at]!.probability }));
    scored.sort((a, b) => a.probability - b.probability);
    for (let from = 0; from < ROWS; from += ROWS / 10) {
      const tenth = scored.slice(from, from + ROWS / 10);
      const expected = tenth.reduce((sum, { probability }) => sum + probability, 0);
      const variance = tenth.reduce((sum, { probability }) => sum + probability * (1 - probability), 0);
      const clicked = tenth.filter(({ click }) => click === 1).length;
      expect(Math.abs(clicked - expected)).toBeLessThan(4 * Math.sqrt(variance));
    }
    expect(clicks).toBe(scored.filter(({ click }) => click === 1).length);
    expect(clicks / ROWS).toBeGreaterThan(0.14);
    expect(clicks / ROWS).toBeLessThan(0.2);
    expect(areaUnderCurve(scored)).toBeGreaterThan(0.74);
  });

  test('are of popular places and of rare ones, of which there are more as time goes on', () => {
    const half = ROWS / 2;
    const sites = (some: readonly AdImpression[]) => new Set(some.map(({ site_id }) => site_id));
    const later = [...sites(rows.slice(half))].filter((site) => !sites(rows.slice(0, half)).has(site));
    expect(later.length).toBeGreaterThan(10);
    const counts = new Map<string, number>();
    for (const { site_id } of rows) counts.set(site_id!, (counts.get(site_id!) ?? 0) + 1);
    const [first = 0] = [...counts]
      .filter(([site]) => site !== '85f751fd')
      .map(([, count]) => count)
      .sort((a, b) => b - a);
    expect(first / ROWS).toBeGreaterThan(0.05);
  });

  test('of the same options are the same bytes, also packed, and go on after the file’s end', async () => {
    const out = join(folder, 'again.csv.gz');
    await generateImpressions({ rows: ROWS, seed: 5, out });
    expect(gunzipSync(await readFile(out)).equals(csv)).toBe(true);
    const impressions = impressionsOf({ rows: ROWS, seed: 5 });
    expect(impressions.at(ROWS - 1).id).toBe(rows.at(-1)!.id);
    expect(impressions.at(ROWS).hour - rows[0]!.hour).toBe(10 * 24 * 60 * 60 * 1000);
  });
});

test.each([
  [{ rows: 99 }, 'rows must be an integer from 100 to 100000000, got 99'],
  [{ seed: -1 }, 'seed must be an integer from 0 to 4294967295, got -1'],
  [{ out: 'a.jsonl' }, 'impressions must be a file name ending in .csv or .csv.gz, got "a.jsonl"'],
  [{ truth: 'a.csv' }, 'truth must be a file name ending in .jsonl or .jsonl.gz, got "a.csv"'],
])('fails when given %o', async (wrong, message) => {
  await expect(generateImpressions({ rows: 100, seed: 1, out: 'a.csv', ...wrong })).rejects.toThrow(message);
});
