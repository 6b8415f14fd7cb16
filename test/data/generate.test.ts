import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generate, type GenerateOptions } from '../../data/index.ts';
import { listeningEvent } from '../../lib/contracts/listening-event.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-generate-'));
});
afterAll(() => rm(folder, { recursive: true }));

const small = { users: 120, days: 30, seed: 5 };
type Row = Record<string, string | number | undefined> & { ts: number; page: string; auth: string; userId: string; sessionId: number };

async function rowsOf(path: string): Promise<Row[]> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Row);
}

function grouped<Key>(rows: readonly Row[], keyOf: (row: Row) => Key): Map<Key, Row[]> {
  const groups = new Map<Key, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group) group.push(row);
    else groups.set(keyOf(row), [row]);
  }
  return groups;
}

/** A day as days since 1970. */
const dayOf = (ms: number) => Math.floor(ms / 86_400_000);

describe('generated events', () => {
  let rows: Row[];
  let truth: { userId: string; cutoff: string; horizonDays: number; probability: number }[];
  let generated: Awaited<ReturnType<typeof generate>>;
  beforeAll(async () => {
    const [out, truthFile] = [join(folder, 'events.jsonl'), join(folder, 'truth.jsonl')];
    generated = await generate({ ...small, start: '2026-03-01', out, truth: truthFile });
    rows = await rowsOf(out);
    truth = (await readFile(truthFile, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as (typeof truth)[number]);
  });
  const bySession = () => grouped(rows, (row) => row.sessionId);
  const byUser = () =>
    grouped(
      rows.filter((row) => row.userId !== ''),
      (row) => row.userId,
    );

  test('all fit the contract, with the eventId the producer adds', () => {
    const refused = rows.filter((row) => !listeningEvent.schema.safeParse({ ...row, eventId: 'source:1' }).success);
    expect(refused).toEqual([]);
  });

  test('are sorted by time, within the period', () => {
    expect(rows.filter((row, index) => row.ts < (rows[index - 1]?.ts ?? Date.UTC(2026, 2, 1)))).toEqual([]);
    expect(rows.at(-1)!.ts).toBeLessThan(Date.UTC(2026, 2, 31));
  });

  test('are counted as they are', () => {
    const cancelled = rows.filter((row) => row.page === 'Cancellation Confirmation');
    expect(generated).toEqual({ events: rows.length, users: byUser().size, churned: cancelled.length });
    expect(cancelled.length).toBeGreaterThan(5);
    expect(cancelled.every((row) => row.auth === 'Cancelled' && row.userId !== '')).toBe(true);
  });

  test('of a listener end with the confirmed cancellation', () => {
    for (const views of byUser().values()) {
      const at = views.findIndex((row) => row.page === 'Cancellation Confirmation');
      if (at >= 0) expect(at).toBe(views.length - 1);
    }
  });

  test('of a visit are numbered from 0, belong to one listener, and do not overlap the listener’s next visit', () => {
    for (const views of bySession().values()) {
      expect(views.map((row) => row.itemInSession)).toEqual(views.map((_, index) => index));
      expect(new Set(views.map((row) => row.userId).filter((id) => id !== '')).size).toBeLessThanOrEqual(1);
    }
    for (const views of byUser().values()) {
      const visits = views.map((row) => row.sessionId).filter((id, index, all) => id !== all[index - 1]);
      expect(new Set(visits).size).toBe(visits.length);
    }
  });

  test('of a visitor who is logged out have a blank userId and no person', () => {
    const blank = rows.filter((row) => row.userId === '');
    expect(blank.length).toBeGreaterThan(0);
    expect(new Set(blank.map((row) => row.auth))).toEqual(new Set(['Logged Out', 'Guest']));
    const personal = ['firstName', 'lastName', 'gender', 'location', 'userAgent', 'registration', 'artist'];
    expect(blank.filter((row) => personal.some((field) => field in row))).toEqual([]);
  });

  test('never come before the registration, and some listeners register within the period', () => {
    const signedIn = rows.filter((row) => row.userId !== '');
    expect(signedIn.filter((row) => !(Number(row.registration) <= row.ts))).toEqual([]);
    const joined = [...byUser().values()].filter(([first]) => Number(first!.registration) >= Date.UTC(2026, 2, 1));
    expect(joined.length).toBeGreaterThan(0);
  });

  test('have artist, song and length on played songs alone, and adverts hardly ever on paid visits', () => {
    const sung = (row: Row) => [row.artist, row.song, row.length].filter((value) => value !== undefined).length;
    expect(rows.filter((row) => sung(row) !== (row.page === 'NextSong' ? 3 : 0))).toEqual([]);
    const adverts = rows.filter((row) => row.page === 'Roll Advert');
    expect(adverts.filter((row) => row.level === 'paid').length / adverts.length).toBeLessThan(0.2);
  });

  test('name people with apostrophes and with letters outside ASCII', () => {
    const names = new Set(rows.map((row) => `${row.firstName} ${row.lastName}`));
    expect([...names].some((name) => name.includes("'"))).toBe(true);
    expect([...names].some((name) => /[^\u0020-\u007e]/.test(name))).toBe(true);
  });

  describe('truth', () => {
    test('has a row for each listener registered and not gone at each midnight after the first day', () => {
      const cutoffs = new Set(truth.map((row) => row.cutoff));
      expect([...cutoffs]).toEqual(
        Array.from({ length: small.days }, (_, day) => new Date(Date.UTC(2026, 2, 2 + day)).toISOString().slice(0, 10)),
      );
      for (const [userId, views] of byUser()) {
        const gone = views.find((row) => row.auth === 'Cancelled')?.ts ?? Infinity;
        const there = [...cutoffs].filter((cutoff) => Number(views[0]!.registration) < Date.parse(cutoff) && gone >= Date.parse(cutoff));
        expect(truth.filter((row) => row.userId === userId).map((row) => row.cutoff)).toEqual(there);
      }
    });

    test('agrees with who left within the horizon: their number, within four standard errors', () => {
      // One cut-off, so that the listeners' outcomes are independent.
      const cutoff = dayOf(Date.UTC(2026, 2, 12));
      const then = truth.filter((row) => dayOf(Date.parse(row.cutoff)) === cutoff);
      const left = rows.filter((row) => row.auth === 'Cancelled' && dayOf(row.ts) >= cutoff && dayOf(row.ts) < cutoff + 10).length;
      const expected = then.reduce((sum, row) => sum + row.probability, 0);
      const variance = then.reduce((sum, row) => sum + row.probability * (1 - row.probability), 0);
      expect(then.every((row) => row.horizonDays === 10)).toBe(true);
      expect(Math.abs(left - expected)).toBeLessThan(4 * Math.sqrt(variance));
    });
  });
});

describe('generate', () => {
  const bytes = async (name: string, options: Partial<GenerateOptions>) => {
    const out = join(folder, name);
    await generate({ users: 20, days: 7, seed: 1, ...options, out });
    return readFile(out);
  };

  test('gives the same bytes for the same seed, and others for another', async () => {
    const first = await bytes('first.jsonl', {});
    expect(first.equals(await bytes('second.jsonl', {}))).toBe(true);
    expect(first.equals(await bytes('third.jsonl', { seed: 2 }))).toBe(false);
  });

  test('compresses a file named .gz', async () => {
    const plain = await bytes('plain.jsonl', {});
    expect(gunzipSync(await bytes('packed.jsonl.gz', {})).equals(plain)).toBe(true);
  });

  test('tells of its progress, a call a day', async () => {
    const progress: string[] = [];
    await bytes('progress.jsonl', { onProgress: ({ day, days, events }) => progress.push(`${day}/${days} ${events > 0}`) });
    expect(progress).toEqual([1, 2, 3, 4, 5, 6, 7].map((day) => `${day}/7 true`));
  });

  test('leaves the file that was there, and nothing else, when it is stopped', async () => {
    const inside = await mkdtemp(join(folder, 'stopped-'));
    const out = join(inside, 'events.jsonl');
    await writeFile(out, 'before\n');
    const stop = new AbortController();
    const onProgress = () => stop.abort(new Error('stopped by the user'));
    const work = generate({ users: 50, days: 30, seed: 1, out, truth: join(inside, 'truth.jsonl'), onProgress, signal: stop.signal });
    await expect(work).rejects.toThrow('stopped by the user');
    expect(await readdir(inside)).toEqual(['events.jsonl']);
    expect(await readFile(out, 'utf8')).toBe('before\n');
  });

  test('fails when the folder is not there, with the path', async () => {
    const out = join(folder, 'nowhere', 'events.jsonl');
    await expect(generate({ users: 20, days: 7, seed: 1, out })).rejects.toThrow(out);
  });

  test.each([
    [{ users: 0 }, 'users must be an integer from 1 to 10000000, got 0'],
    [{ days: 1.5 }, 'days must be an integer from 1 to 3660, got 1.5'],
    [{ seed: -1 }, 'seed must be an integer from 0 to 4294967295, got -1'],
    [{ horizonDays: NaN }, 'horizonDays must be an integer from 1 to 366, got NaN'],
    [{ start: '2026-02-30' }, 'start must be a date YYYY-MM-DD between 2001 and 2089, got "2026-02-30"'],
    [{ start: '1999-01-01' }, 'start must be a date YYYY-MM-DD between 2001 and 2089, got "1999-01-01"'],
    [{ out: 'events.csv' }, 'out must be a file name ending in .jsonl or .jsonl.gz, got "events.csv"'],
    [{ truth: 'events.jsonl' }, 'truth must be another file than out, got "events.jsonl"'],
  ])('fails when given %o', async (wrong, message) => {
    await expect(generate({ users: 1, days: 1, seed: 1, out: 'events.jsonl', ...wrong })).rejects.toThrow(message);
  });
});

test.each([
  { name: 'more listeners', options: { ...small, users: 121 } },
  { name: 'more days', options: { ...small, days: 31 } },
  { name: 'another seed', options: { ...small, seed: 6 } },
  { name: 'another start', options: { ...small, start: '2026-03-01' } },
])('$name are other people: their ids do not meet in one lake', async ({ options }) => {
  const idsOf = async (each: Omit<GenerateOptions, 'out'>) => {
    const out = join(folder, 'people.jsonl');
    await generate({ ...each, out });
    return new Set((await rowsOf(out)).map(({ userId }) => userId).filter(Boolean));
  };
  const ids = await idsOf(small);
  const others = await idsOf(options);
  expect(ids.size).toBeGreaterThan(50);
  expect([...others].filter((id) => ids.has(id))).toEqual([]);
});
