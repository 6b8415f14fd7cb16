import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { AdImpression } from '../../../lib/contracts/ad-impression.ts';
import { Home } from '../../../lib/local/home.ts';
import { LiveInput, type LiveSettings } from '../../../lib/local/live/input.ts';
import { impressionsIn } from '../../../lib/local/live/split.ts';
import { temporaryFolder } from '../../support/folder.ts';

const { signal } = new AbortController();
const lines = (rows: readonly string[]) => `id,click,hour\n${rows.join('\n')}\n`;
/** 20 a day over 20 days. */
const ROWS = Array.from({ length: 400 }, (_, n) => `${n},${n % 2},2026-06-${String(1 + Math.floor(n / 20)).padStart(2, '0')}`);

async function input(rows: readonly string[], settings: Partial<LiveSettings> = {}, folder = temporaryFolder()) {
  const file = join(folder, 'impressions.csv');
  await writeFile(file, lines(rows));
  const live = new LiveInput({ rate: 1, follow: false, ...settings }, new Home(join(folder, 'home')), signal);
  const past = await live.past([file]);
  const all: AdImpression[] = [];
  for await (const row of impressionsIn([file], signal)) all.push(row);
  return { live, folder, past: all.filter(past.holds).map(({ id }) => Number(id)), name: past.name };
}

async function taken(live: LiveInput, most = Infinity): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of (await live.left()).impressions) {
    ids.push(id);
    if (ids.length >= most) break;
  }
  return ids;
}

test('the last quarter by time is live, the rest is past, and together they are all', async () => {
  const { live, past } = await input(ROWS);
  expect(past).toEqual(Array.from({ length: 300 }, (_, n) => n));
  expect(await taken(live)).toEqual(Array.from({ length: 100 }, (_, n) => String(300 + n)));
});

test('of a file with one hour some quarter is live, the same each time', async () => {
  const one = await input(Array.from({ length: 400 }, (_, n) => `${n},0,2026-06-01`));
  const other = await input(Array.from({ length: 400 }, (_, n) => `${399 - n},0,2026-06-01`));
  expect(one.past.length).toBeGreaterThan(270);
  expect(one.past.length).toBeLessThan(330);
  expect(other.past.sort((a, b) => a - b)).toEqual(one.past);
  expect((await taken(one.live)).length).toBe(400 - one.past.length);
});

test('one whose outcome nobody knows is live whenever it was', async () => {
  const { past } = await input(ROWS.map((row, n) => (n < 10 ? row.replace(/,\d,/, ',,') : row)));
  expect(past[0]).toBe(10);
});

test('what was sent is not sent again: a file ends, and generated impressions go on', async () => {
  const first = await input(ROWS);
  await first.live.keep(40);
  const second = await input(ROWS, {}, first.folder);
  expect((await taken(second.live))[0]).toBe('340');
  await second.live.keep(100);
  const third = await input(ROWS, {}, first.folder);
  expect(await third.live.left()).toMatchObject({ sent: 100, count: 0 });
  expect(await taken(third.live)).toEqual([]);
  const more = { aRun: 25, at: (index: number) => ({ id: `more-${index}` }) as AdImpression };
  const generated = await input(ROWS, { more }, first.folder);
  await generated.live.keep(125);
  expect(await taken(generated.live)).toEqual(Array.from({ length: 25 }, (_, n) => `more-${25 + n}`));
});

test('where it goes on without end, a file’s live impressions come again under ids of their own', async () => {
  const { live } = await input(ROWS, { follow: true });
  const ids = await taken(live, 250);
  expect(new Set(ids).size).toBe(250);
  expect([ids[99], ids[100], ids[200]]).toEqual(['399', '300-2', '300-3']);
});

test('the same files in another order have the same left to send', async () => {
  const folder = temporaryFolder();
  const files = ['a.csv', 'b.csv'].map((name) => join(folder, name));
  await writeFile(files[0]!, lines(ROWS.slice(0, 200)));
  await writeFile(files[1]!, lines(ROWS.slice(200)));
  const home = new Home(join(folder, 'home'));
  const opened = async (named: readonly string[]) => {
    const live = new LiveInput({ rate: 1, follow: false }, home, signal);
    await live.past(named);
    return live;
  };
  const first = await opened(files);
  const all = await taken(first);
  await first.keep(60);
  expect(await taken(await opened(files.toReversed()))).toEqual(all.slice(60));
});

test('where nothing is live, nothing follows either', async () => {
  const { live } = await input([], { follow: true });
  expect((await live.left()).count).toBe(0);
});
