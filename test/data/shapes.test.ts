import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generate } from '../../data/index.ts';
import { type Shapes, shapesOf } from './shapes.ts';

/**
 * Figures of the published events. `full` is the per-user table of the full data set (15,437 listeners and the row of all logged-out visitors,
 * 61 days): sums of its columns. `month` is events.jsonl (4 listeners, 61 days), `day` is log-small-10000.jsonl.gz (963 listeners, 35 hours).
 */
const PUBLISHED = {
  full: {
    pageShares: {
      NextSong: 0.8182,
      'Thumbs Up': 0.0452,
      Home: 0.0367,
      'Add to Playlist': 0.0234,
      'Roll Advert': 0.0151,
      'Add Friend': 0.015,
      'Thumbs Down': 0.0094,
      Downgrade: 0.0072,
      Settings: 0.0058,
      Help: 0.0051,
      Upgrade: 0.002,
      About: 0.0019,
      'Save Settings': 0.0012,
      Error: 0.001,
      'Submit Downgrade': 0.00026,
    },
    churnShare: 0.223,
    eventsPerSession: 85.7,
    /** Quartiles of the sessions of a listener. */
    sessionsPerUser: [5, 9, 17],
    hoursPerSession: 4.91,
    meanSongLength: 248.7,
  },
  month: { weekendShare: 0.166, busyHoursShare: 0.23, quietHoursShare: 0.125, meanSongLength: 251.9, topArtistShare: 0.0093 },
  day: {
    blankShare: 0.0336,
    paidShare: 0.702,
    busyHoursShare: 0.224,
    quietHoursShare: 0.128,
    meanSongLength: 249.6,
    topArtistShare: 0.0099,
  },
};

let folder: string;
let generated: Shapes;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-shapes-'));
  const out = join(folder, 'events.jsonl.gz');
  await generate({ users: 300, days: 60, seed: 1, out });
  generated = await shapesOf(out);
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

describe('generated events of 300 listeners over 60 days are like the published ones in', () => {
  const { full, month, day } = PUBLISHED;

  test.each(Object.entries(full.pageShares))('the share of %s', (page, share) => {
    // Within a quarter; rare pages have four standard errors of their count besides, for their number alone moves by that.
    const tolerance = 0.25 * share + 4 * Math.sqrt(share / generated.events);
    expect(Math.abs((generated.pageShares[page] ?? 0) - share)).toBeLessThan(tolerance);
  });

  test.each<[keyof Shapes, number, number]>([
    ['churnShare', full.churnShare, 0.05],
    ['paidShare', day.paidShare, 0.07],
    ['blankShare', day.blankShare, 0.008],
    ['eventsPerSession', full.eventsPerSession, 13],
    ['hoursPerSession', full.hoursPerSession, 0.9],
    ['meanSongLength', full.meanSongLength, 4],
    ['weekendShare', month.weekendShare, 0.05],
    ['busyHoursShare', day.busyHoursShare, 0.04],
    ['quietHoursShare', day.quietHoursShare, 0.03],
    ['topArtistShare', day.topArtistShare, 0.004],
  ])('%s: %f, give or take %f', (shape, published, tolerance) => {
    expect(Math.abs((generated[shape] as number) - published)).toBeLessThan(tolerance);
  });

  test('sessions of a listener: the median is the published lower quartile, because more listeners are worth more than longer histories', () => {
    const [lowerQuartile, median] = full.sessionsPerUser;
    expect(Math.abs(generated.medianSessionsPerUser - lowerQuartile!)).toBeLessThanOrEqual(1);
    expect(generated.sessionsPerUser).toBeLessThan(median!);
  });

  test('which pages there are', () => {
    const rest = ['Cancel', 'Cancellation Confirmation', 'Logout', 'Submit Upgrade'];
    expect(Object.keys(generated.pageShares).sort()).toEqual([...Object.keys(full.pageShares), ...rest].sort());
  });
});

const published = join(import.meta.dirname, '../../../shared/data/sparkify');
const absent = existsSync(published) ? '' : ' (skipped: ../shared/data is not here)';

test.skipIf(absent !== '').each([
  ['events.jsonl', PUBLISHED.month],
  ['log-small-10000.jsonl.gz', PUBLISHED.day],
])(`the figures of %s above are those of the file${absent}`, async (file, figures) => {
  const measured = await shapesOf(join(published, file));
  for (const [shape, figure] of Object.entries(figures)) {
    const digits = figure < 0.1 ? 4 : figure < 1 ? 3 : 1;
    expect(`${shape} ${(measured[shape as keyof Shapes] as number).toFixed(digits)}`).toBe(`${shape} ${figure.toFixed(digits)}`);
  }
});
