import { describe, expect, test } from 'vitest';
import { STAR } from '../../lib/contracts/star/index.ts';
import type { RunFacts } from '../../lib/report/run.tsx';
import type { SongplaysData } from '../../lib/report/songplays-data.ts';
import { renderSongplaysReport } from '../../lib/report/songplays.tsx';
import type { Staged } from '../../lib/report/staged.tsx';
import { rowsOf, textOf } from './page-text.ts';
import { dataFixture, runFixture } from './songplays-fixture.ts';

const page = (data: Partial<SongplaysData> = {}, run: Partial<RunFacts> = {}) =>
  renderSongplaysReport({ run: runFixture(run), data: dataFixture(data), tables: STAR });
/** Of one figure under the headline: its value and its note. */
const figure = (html: string, label: string) => textOf(html.split(`<dt>${label}</dt>`)[1]!.split('</dd>')[0]!).trim();
/** Each bar of a ranking: what it says, and its length. */
const bars = (html: string, title: string) =>
  [
    ...html
      .split(`<h3>${title}</h3>`)[1]!
      .split('</figure>')[0]!
      .matchAll(/<li>([\s\S]*?)<\/li>/g),
  ].map(([, item]) => [textOf(item!).trim(), /width:([\d.]+)%/.exec(item!)![1]]);
const NOTHING = { items: [], inAll: 0 };
const EMPTY: SongplaysData = {
  ...{ totals: null, catalogue: { songs: 0, artists: 0 }, songs: NOTHING, artists: NOTHING, slots: [], subscriptions: [] },
  ...{ changed: 0, unit: 'day', periods: [], places: NOTHING, devices: [] },
};
/** One play, on Thursday, 1 November 2018, 08:00, of which the log knows nothing. */
const ONE_PLAY: SongplaysData = {
  ...EMPTY,
  totals: {
    ...{ plays: 1, listeners: 0, hours: 0, found: 0, untitled: 1, placeless: 1 },
    ...{ first: Date.UTC(2018, 10, 1, 8) / 1000, last: Date.UTC(2018, 10, 1, 8) / 1000 },
  },
  slots: [{ weekday: 4, hour: 8, plays: 1 }],
  subscriptions: [{ subscription: 'other', plays: 1, listeners: 0, hours: 0 }],
  periods: [{ begins: '2018-11-01', subscription: 'other', plays: 1, listeners: 0 }],
  devices: [{ name: 'not known', plays: 1, listeners: 0 }],
};

describe('the figures of a page', () => {
  const html = page();
  const text = textOf(html);

  test('begin with how much was played, by whom and when', () => {
    expect(text).toContain('12 plays by 4 listeners in nine days');
    expect(text).toMatch(/songplays report · 1\s?–\s?9 November 2018/);
    expect(figure(html, 'Plays')).toBe('12 1.33 a day on average');
    expect(figure(html, 'Hours of music')).toBe('0.75 if all were heard to the end');
    expect(figure(html, 'Listeners')).toBe('4 3 plays each, on average');
    expect(figure(html, 'Songs')).toBe('3 of 41 artists');
    expect(figure(html, 'Found in the catalogue')).toBe('25% 3 plays');
    expect(text).toContain('The catalogue holds 2 songs.');
  });

  test('rank songs and artists by plays, in bars as long as their share of the first', () => {
    expect(bars(html, 'Songs')).toEqual([
      ['Undo Björk 8', '100.0'],
      ['夜に駆ける YOASOBI 2', '25.0'],
      ['Sehr kosmisch 1', '12.5'],
    ]);
    expect(bars(html, 'Artists')).toEqual([['Björk 8', '100.0']]);
    expect(text).toContain('All 3 songs, by plays');
    expect(text).toContain('The first 1 of 41 artists, by plays');
    expect(text).toContain('The 1 most played of 41 artists as a table');
    expect(text).toContain('1 play names no song.');
  });

  test('say of each song who played it and whether the catalogue has it', () => {
    expect(rowsOf(html, 'id="songs-table"')).toEqual([
      ['Undo Björk', '8', '3', '2 of 8'],
      ['夜に駆ける YOASOBI', '2', '2', 'no'],
      ['Sehr kosmisch', '1', '1', 'yes'],
    ]);
    expect(rowsOf(html, 'id="artists-table"')).toEqual([['Björk', '8', '3', '2 of 8']]);
  });

  test('give each hour of the week its average: of two Thursdays and Fridays, and one of each other day', () => {
    const drawing = /<svg class="plot wide"[^>]*aria-label="Plays by hour[\s\S]*?<\/svg>/.exec(html)![0];
    const labels = new Set(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun', ...Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'))]); // prettier-ignore
    const drawn = [...drawing.matchAll(/>([^<>]+)<\/text>/g)].map(([, each]) => each!).filter((each) => !labels.has(each));
    expect(drawn.toSorted()).toEqual(['1', '1.5', '2', '3']);
    expect(drawing.match(/fill="var\(--accent\)"/g)).toHaveLength(7 * 24);
    // From the faintest to the strongest colour: 0, 1, 1.5, 2 and 3 plays on average.
    const opacities = new Set(
      [...drawing.matchAll(/fill="var\(--accent\)" fill-opacity="([\d.]+)"/g)].map(([, opacity]) => Number(opacity)),
    );
    const [faintest, ...others] = [...opacities].toSorted((a, b) => a - b);
    const strongest = others.at(-1)!;
    expect(others.map((each) => (each - faintest!) / (strongest - faintest!))).toEqual([1 / 3, 1 / 2, 2 / 3, 1].map((share) => expect.closeTo(share, 3) as number)); // prettier-ignore
    expect(text).toContain('Busiest: Thursday from 08:00 to 09:00, 3 plays on average.');
    expect(text).toContain('25% of all plays were on a Saturday or Sunday.');
  });

  test('list all plays of each hour and weekday, Monday first', () => {
    const rows = rowsOf(html, 'Plays by hour (UTC) and weekday, in all');
    expect(rows).toHaveLength(24);
    expect(rows[0]).toEqual(['00:00', '0', '0', '0', '0', '0', '0', '2', '2']);
    expect(rows[8]).toEqual(['08:00', '0', '0', '0', '6', '0', '0', '0', '6']);
    expect(rows[17]).toEqual(['17:00', '0', '0', '0', '0', '3', '0', '0', '3']);
    expect(rows[23]).toEqual(['23:00', '0', '0', '0', '0', '0', '1', '0', '1']);
    expect(rows.filter((row) => row.at(-1) !== '0')).toHaveLength(4);
  });

  test('divide free and paid: shares, hours, plays per listener, and who was both', () => {
    expect(rowsOf(html, 'Listening by subscription')).toEqual([
      ['free', '9', '75%', '0.5', '4', '2.25'],
      ['paid', '3', '25%', '0.25', '1', '3'],
    ]);
    expect(text).toContain('25% of all plays were of paying listeners');
    expect(text).toContain('1 listener played songs both as a free and as a paying one, and counts in both.');
    expect(text).toContain('Busiest day: 1 November 2018, 6 plays.');
  });

  test('draw plays and listeners of each day, each line to the scale of its band', () => {
    const drawing = /<svg class="plot wide"[^>]*aria-label="Every day[\s\S]*?<\/svg>/.exec(html)![0];
    const lines = [...drawing.matchAll(/<path d="M([^"A]+)" fill="none" stroke="(var\(--series-\d\))" stroke-width="2.25"/g)];
    const heights = (points: string) => points.split('L').map((point) => Number(point.split(' ')[1]));
    const ground = [0, 0, 1, 1].map((band) => Math.max(...heights(lines[2 * band]![1]!)));
    // A band's largest figure is of the free ones: six plays and three listeners, on the first day.
    const unit = [0, 0, 1, 1].map((band) => (ground[2 * band]! - heights(lines[2 * band]![1]!)[0]!) / [6, 3][band]!);
    const values = lines.map(([, points], line) =>
      heights(points!).map((height) => Math.round((100 * (ground[line]! - height)) / unit[line]!) / 100),
    );
    expect(lines.map(([, , color], line) => [color, values[line]])).toEqual([
      ['var(--series-2)', [6, 0, 1, 2, 0, 0, 0, 0, 0]],
      ['var(--series-1)', [0, 0, 0, 0, 0, 0, 0, 0, 3]],
      ['var(--series-2)', [3, 0, 1, 1, 0, 0, 0, 0, 0]],
      ['var(--series-1)', [0, 0, 0, 0, 0, 0, 0, 0, 1]],
    ]);
  });

  test('keep days without plays on the time axis', () => {
    for (const label of ['1 Nov', '2 Nov', '5 Nov', '9 Nov']) expect(html).toContain(`>${label}</text>`);
  });

  test('rank places and devices', () => {
    expect(bars(html, 'Places')).toEqual([
      ['Waterloo, IA 7', '100.0'],
      ['Lansing, MI 3', '42.9'],
    ]);
    expect(bars(html, 'Devices')).toEqual([
      ['iPhone 75%', '100.0'],
      ['not known 25%', '33.3'],
    ]);
    expect(rowsOf(html, 'id="places-table"')).toEqual([
      ['Waterloo, IA', '7', '2', '3.5'],
      ['Lansing, MI', '3', '2', '1.5'],
    ]);
    expect(text).toContain('2 plays name no place.');
  });

  test('say what came in, what was refused and why, and what was left out', () => {
    expect(rowsOf(html, 'Files staged in this run')).toEqual([
      ['Listening events', '30', '8,056', '2', '4', '1', '2'],
      ['Catalogue songs', '71', '71', '0', '0', '0', '0'],
    ]);
    expect(text).toContain('101 new files held 8,129 records; 2 records (<0.1%) had to be refused');
    expect(rowsOf(html, 'Listening events: refused records')).toEqual([
      ['17', 'ts must be epoch milliseconds, got null', '2018-11-02.json'],
      ['1,208', 'the line is not JSON: Unexpected end of JSON input', '2018-11-05.json'],
    ]);
    expect(text).toContain('1 file was left out: the same bytes came under another name copy.json');
    expect(text).toContain('2 files were left out: not of the kind .DS_Store notes.txt');
  });

  test('say what each table holds and which checks of its contract held', () => {
    const rows = rowsOf(html, 'Tables, their rows and the checks that held');
    expect(rows.map(([, rows]) => rows)).toEqual(['6,820', '96', '71', '69', '6,813']);
    expect(rows.map(([table]) => table!.split(' ')[0])).toEqual(['songplays', 'users', 'songs', 'artists', 'time']);
    expect(rows[1]![2]).toBe('unique (user_id), not null (level), row count');
    expect(text).toContain(`All ${STAR.flatMap(({ checks }) => checks).length} checks held`);
  });

  test('end with the run', () => {
    expect(rowsOf(html, 'Steps of the run')[0]).toEqual(['stage-events', '8,058', '8,056', '2.0 s', '4,029']);
    for (const fact of ['logs: log_data', 'pglite 18.6']) expect(text).toContain(fact);
  });
});

test('the page is one file: no address outside, one script, a policy that allows no request; and the same for the same data', () => {
  const html = page();
  expect(html.match(/https?:\/\/(?!www\.w3\.org\/)|@import|url\((?!#)|src=/g)).toBeNull();
  expect(html).toMatch(
    /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-[^']+'; img-src data:/,
  );
  expect(page()).toBe(html);
});

test('what others wrote appears as text and never as markup, wherever it comes from', () => {
  const hostile = '<script>alert(1)</script>"\'><img src=x onerror=alert(2)>';
  const played = { items: [{ name: hostile, artist: hostile, plays: 2, listeners: 1, found: 0 }], inAll: 1 };
  const named = [{ name: hostile, plays: 2, listeners: 1 }];
  const html = page(
    { songs: played, artists: played, places: { items: named, inAll: 1 }, devices: named },
    {
      input: [hostile],
      steps: [{ name: hostile, seconds: 1, rowsIn: 1, rowsOut: 1 }],
      staged: {
        [hostile]: {
          ...{ files: 1, alreadyStaged: 0, rows: 0, rejected: 1, duplicateFiles: [hostile], otherFiles: [hostile] },
          rejects: [{ source: hostile, line: 1, reason: hostile }],
        },
      },
    },
  );
  expect(html.match(/<script/g)).toHaveLength(1);
  expect(html).not.toContain('<img');
  expect(html.split('&lt;script>alert(1)').length).toBeGreaterThan(15);
});

describe('with less to show', () => {
  test('no play: says so, and still what came in', () => {
    const text = textOf(page(EMPTY));
    expect(text).toContain('No song has been played yet');
    expect(text).toContain('What came in');
    expect(text).not.toMatch(/NaN|Infinity|undefined|When people listen/);
  });

  test('one play of which nothing is known: one day, one field, no division by nothing', () => {
    const html = page(ONE_PLAY);
    const text = textOf(html);
    expect(text).toContain('1 play by unknown listeners in one day');
    for (const noun of ['song', 'artist']) expect(text).toContain(`The log names no ${noun}`);
    expect(text).toContain('The catalogue holds no song yet');
    expect(text).toContain('The log names no place');
    expect(rowsOf(html, 'Listening by subscription')).toEqual([['neither free nor paid', '1', '100%', '0', '0', '–']]);
    // Only Thursdays are within the period: other weekdays have no average.
    const drawing = /<svg class="plot wide"[^>]*aria-label="Plays by hour[\s\S]*?<\/svg>/.exec(html)![0];
    expect(drawing.match(/fill="var\(--accent\)"/g)).toHaveLength(24);
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
  });

  test.each<{ staged: Staged; says: string; not: string }>([
    { staged: {}, says: 'Tables and their checks', not: 'What came in' },
    {
      staged: { listening_events: { files: 0, alreadyStaged: 31, rows: 0, rejected: 0, duplicateFiles: [], otherFiles: [], rejects: [] } },
      says: 'No file was new: all 31 had been staged by an earlier run, and nothing was staged twice.',
      not: 'refused and kept',
    },
    {
      staged: { listening_events: { files: 0, alreadyStaged: 0, rows: 0, rejected: 0, duplicateFiles: [], otherFiles: [], rejects: [] } },
      says: 'No file was found.',
      not: 'had been staged',
    },
  ])('staged $staged: $says', ({ staged, says, not }) => {
    const text = textOf(page(EMPTY, { staged }));
    expect(text).toContain(says);
    expect(text).not.toContain(not);
  });

  test('tables that were not counted have no figure', () => {
    const rows = rowsOf(page(EMPTY, { warehouse: null }), 'Tables, their rows and the checks that held');
    expect(rows.map(([, count]) => count)).toEqual(['–', '–', '–', '–', '–']);
  });
});

test('of weeks over a new year each says its year, and ends may be cut', () => {
  const periods = ['2018-12-24', '2019-01-07'].map((begins) => ({ begins, subscription: 'free' as const, plays: 6, listeners: 1 }));
  const html = page({ unit: 'week', periods });
  for (const label of ['24 Dec 2018', '31 Dec 2018', '7 Jan 2019']) expect(html).toContain(`>${label}</text>`);
  expect(textOf(html)).toContain('Busiest week: that of 24 December 2018, 6 plays. The first and the last week may be cut short');
});

test('of months that is so, too', () => {
  const periods = ['2018-12-01', '2019-02-01'].map((begins) => ({ begins, subscription: 'paid' as const, plays: 6, listeners: 1 }));
  const html = page({ unit: 'month', periods });
  for (const label of ['Dec 2018', 'Jan 2019', 'Feb 2019']) expect(html).toContain(`>${label}</text>`);
});
