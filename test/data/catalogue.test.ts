import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generate, writeCatalogue } from '../../data/index.ts';
import { song } from '../../lib/contracts/song.ts';

/** As data/README.md has them. */
const SONGS_PLAYED = 8_000;
const SHARES = { missing: 0.12, unknownPlace: 0.3, unknownYear: 0.35, rounded: 0.1 };
const FINDS_ITS_SONG = 0.888;

interface Row {
  readonly song_id: string;
  readonly title: string;
  readonly artist_id: string;
  readonly artist_name: string;
  readonly artist_location: string;
  readonly artist_latitude: number | null;
  readonly artist_longitude: number | null;
  readonly duration: number;
  readonly year: number;
  readonly num_songs: number;
}

let folder: string;
let file: string;
let rows: Row[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-catalogue-'));
  file = join(folder, 'songs.jsonl');
  await writeCatalogue(file);
  rows = (await linesOf(file)) as Row[];
});
afterAll(() => rm(folder, { recursive: true }));

async function linesOf(path: string): Promise<unknown[]> {
  return (await readFile(path, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

/** Whether a share of `of` independent draws is the expected one, within four standard errors. */
function expectShare(counted: number, of: number, expected: number): void {
  expect(Math.abs(counted / of - expected)).toBeLessThan(4 * Math.sqrt((expected * (1 - expected)) / of));
}

describe('the catalogue', () => {
  test('fits its contract, a song a row, and says how many there are', () => {
    expect(rows.filter((row) => !song.schema.safeParse(row).success)).toEqual([]);
    expect(rows.filter((row) => Object.keys(row).sort().join() !== Object.keys(song.schema.shape).sort().join())).toEqual([]);
    expect(new Set(rows.map((row) => row.song_id)).size).toBe(rows.length);
    expect(new Set(rows.map((row) => row.num_songs))).toEqual(new Set([rows.length]));
  });

  test('has ids of the published length that nobody takes for published ones', () => {
    expect(rows.filter((row) => !/^SOMILLRACE\d{8}$/.test(row.song_id))).toEqual([]);
    expect(rows.filter((row) => !/^ARMILLRACE\d{8}$/.test(row.artist_id))).toEqual([]);
  });

  test('knows artists by their id: one name and one place each, and several artists who share a name', () => {
    const about = (row: Row) => [row.artist_name, row.artist_location, row.artist_latitude, row.artist_longitude].join('|');
    const ids = new Set(rows.map((row) => row.artist_id));
    expect(new Set(rows.map((row) => `${row.artist_id}|${about(row)}`)).size).toBe(ids.size);
    expect(new Set(rows.map((row) => row.artist_name)).size).toBeLessThan(ids.size - 100);
  });

  test('lacks as many songs, places and years as it says', () => {
    expectShare(SONGS_PLAYED - rows.length, SONGS_PLAYED, SHARES.missing);
    const artists = [...new Map(rows.map((row) => [row.artist_id, row])).values()];
    expectShare(artists.filter((row) => row.artist_location === '').length, artists.length, SHARES.unknownPlace);
    expectShare(rows.filter((row) => row.year === 0).length, rows.length, SHARES.unknownYear);
    expectShare(rows.filter((row) => Number.isInteger(row.duration)).length, rows.length, SHARES.rounded);
    // Coordinates come in pairs, and only with a location.
    const measured = artists.filter((row) => row.artist_latitude !== null);
    expect(measured.filter((row) => row.artist_longitude === null || row.artist_location === '')).toEqual([]);
    expect(measured.length).toBeLessThan(artists.filter((row) => row.artist_location !== '').length);
  });

  test('is the same bytes each time', async () => {
    const again = join(folder, 'again.jsonl');
    expect(await writeCatalogue(again)).toBe(rows.length);
    expect((await readFile(again)).equals(await readFile(file))).toBe(true);
  });

  test('fails when its file is of another kind', async () => {
    await expect(writeCatalogue(join(folder, 'songs.csv'))).rejects.toThrow('songs must be a file name ending in .jsonl or .jsonl.gz');
  });
});

test('of the songs played as many are found by title, artist and length within a second as the catalogue says', async () => {
  const out = join(folder, 'events.jsonl');
  await generate({ users: 120, days: 30, seed: 5, out });
  const plays = ((await linesOf(out)) as { page: string; song: string; artist: string; length: number }[]).filter(
    ({ page }) => page === 'NextSong',
  );
  const lengths = new Map<string, number[]>();
  for (const { title, artist_name, duration } of rows) {
    const key = JSON.stringify([title, artist_name]);
    lengths.set(key, [...(lengths.get(key) ?? []), duration]);
  }
  const found = plays.filter(({ song: title, artist, length }) =>
    lengths.get(JSON.stringify([title, artist]))?.some((duration) => Math.abs(duration - length) <= 1),
  );
  expect(plays.length).toBeGreaterThan(10_000);
  expectShare(found.length, plays.length, FINDS_ITS_SONG);
});
