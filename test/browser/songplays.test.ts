import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { STAR } from '../../lib/contracts/star/index.ts';
import type { Played } from '../../lib/report/songplays-data.ts';
import { renderSongplaysReport } from '../../lib/report/songplays.tsx';
import { dataFixture, runFixture } from '../report/songplays-fixture.ts';
import { lowestContrast } from '../support/contrast.ts';
import { openReport, type OpenedReport } from './opened-report.ts';

const HOSTILE = '<script>document.title = "executed"</script>';
const DESKTOP = { width: 1280, height: 900 };
const SMALLEST = { width: 320, height: 640 };

/** Sixty songs: one is a script, one has a title without a space, others are written from right to left and in other scripts. */
function songs(): Played[] {
  const titles = [HOSTILE, 'x'.repeat(1_024), '=1+1', 'عم يقولون', '夜に駆ける'];
  return Array.from({ length: 60 }, (_, index) => ({
    ...{ name: titles[index] ?? `Song ${index}`, artist: index === 2 ? null : `Artist ${index % 7}` },
    ...{ plays: 60_000 - index * 997, listeners: (index * 13) % 31, found: 0 },
  }));
}

let report: OpenedReport;
beforeAll(async () => {
  const { totals, slots } = dataFixture();
  const data = dataFixture({
    songs: { items: songs(), inAll: 5_295 },
    totals: { ...totals!, plays: 1_234_567, hours: 81_234, listeners: 10_000 },
    // The widest figures that a field must hold.
    slots: slots.map((slot) => ({ ...slot, plays: slot.plays * 123_456 })),
  });
  report = await openReport(renderSongplaysReport({ run: runFixture(), data, tables: STAR }));
}, 120_000);
afterAll(() => report?.close());

const openAll = (page: Page) => page.evaluate(() => document.querySelectorAll('details').forEach((each) => (each.open = true)));
const rows = (page: Page) => page.locator('#songs-table tbody tr:visible');
const figures = async (page: Page, area: string) =>
  (await rows(page).locator(`td.${area}`).allInnerTexts()).map((text) => Number(text.replace(/[^\d]/g, '')));

describe.each([
  ['a desktop', DESKTOP],
  ['the smallest phone', SMALLEST],
])('on %s', (_, viewport) => {
  test('nothing makes the page scroll sideways, and no text of a drawing is too small to read', () =>
    report.onPage({ viewport }, async (page) => {
      await openAll(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width);
      const plots = page.locator('.plot:visible');
      expect(await plots.count()).toBe(2);
      // Drawn text is 12 units; this is what is left of it on the screen.
      const sizes = await plots.evaluateAll((all) =>
        all.map((plot) => (12 * plot.getBoundingClientRect().width) / (plot as SVGSVGElement).viewBox.baseVal.width),
      );
      expect(Math.min(...sizes)).toBeGreaterThan(9);
    }));

  test('no text of a drawing lies over another one or leaves the drawing', () =>
    report.onPage({ viewport }, async (page) => {
      const faults = await page.locator('.plot:visible').evaluateAll((plots) =>
        plots.flatMap((plot) => {
          const frame = plot.getBoundingClientRect();
          const texts = Array.from(plot.querySelectorAll('text')).filter((each) => each.textContent).map((each) => ({ text: each.textContent, box: each.getBoundingClientRect() })); // prettier-ignore
          const outside = texts.filter(({ box }) => box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1);
          const covered = texts.filter((one, index) =>
            texts.some(
              (other, at) =>
                at > index &&
                one.box.left < other.box.right - 1 &&
                other.box.left < one.box.right - 1 &&
                one.box.top < other.box.bottom - 4 &&
                other.box.top < one.box.bottom - 4,
            ),
          );
          return [...outside, ...covered].map(({ text }) => text);
        }),
      );
      expect(faults).toEqual([]);
    }));

  test.each(['light', 'dark'] as const)('in %s, every text stands out from its background', (colorScheme) =>
    report.onPage({ viewport, colorScheme }, async (page) => {
      await openAll(page);
      const lowest = await lowestContrast(page);
      // 4.5 : 1 is what WCAG 2.2 asks of text of any size (success criterion 1.4.3).
      expect(lowest.ratio, lowest.text).toBeGreaterThanOrEqual(4.5);
    }),
  );
});

test.each(['light', 'dark'] as const)('in %s, a figure stands out from the strongest colour of the heat map, too', (colorScheme) =>
  report.onPage({ viewport: DESKTOP, colorScheme }, async (page) => {
    const ratio = await page.evaluate(() => {
      const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
      const style = getComputedStyle(document.documentElement);
      const mixed = (paint: readonly (readonly [color: string, opacity: number])[]) => {
        for (const [color, opacity] of paint) {
          context.globalAlpha = opacity;
          context.fillStyle = style.getPropertyValue(color);
          context.fillRect(0, 0, 1, 1);
        }
        const [red, green, blue] = [...context.getImageData(0, 0, 1, 1).data].map((channel) => {
          const share = channel / 255;
          return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
      };
      const opacities = Array.from(document.querySelectorAll('.plot.wide [fill="var(--accent)"]')).map((each) =>
        Number(each.getAttribute('fill-opacity') ?? 1),
      );
      const [field, text] = [
        mixed([['--card', 1], ['--accent', Math.max(...opacities)]]), // prettier-ignore
        mixed([['--ink', 1]]),
      ];
      return (Math.max(field, text) + 0.05) / (Math.min(field, text) + 0.05);
    });
    expect(ratio).toBeGreaterThanOrEqual(4.5);
  }),
);

test('a title that is a script is shown as text and not run; the table sorts, filters and shows all', () =>
  report.onPage({ viewport: DESKTOP }, async (page) => {
    await page.getByText('The 60 most played of 5,295 songs as a table').click();
    expect(await rows(page).locator('td.name b').first().innerText()).toBe(HOSTILE);
    expect(await page.title()).toContain('Millrace songplays report');
    expect(await rows(page).count()).toBe(20);

    const table = page.locator('[data-sortable]', { has: page.locator('#songs-table') });
    const listeners = table.getByRole('columnheader', { name: 'Listeners' });
    await listeners.getByRole('button').click();
    expect(await listeners.getAttribute('aria-sort')).toBe('descending');
    await table.getByRole('button', { name: 'Show all 60' }).click();
    expect(await figures(page, 'listeners')).toEqual(songs().map((song) => song.listeners).toSorted((a, b) => b - a)); // prettier-ignore

    await table.getByLabel('Filter').fill('夜に');
    expect(await rows(page).locator('td.name').allInnerTexts()).toEqual([expect.stringContaining('夜に駆ける')]);
  }));

test('the CSV of a table holds its rows, and no cell that a spreadsheet would run', () =>
  report.onPage({ viewport: DESKTOP }, async (page) => {
    await openAll(page);
    const table = page.locator('[data-sortable]', { has: page.locator('#songs-table') });
    const [download] = await Promise.all([page.waitForEvent('download'), table.getByRole('button', { name: 'Download CSV' }).click()]);
    expect(download.suggestedFilename()).toBe('songs.csv');
    const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n');
    expect(lines).toHaveLength(61);
    expect(lines[0]).toBe('"Song","Plays","Listeners","In the catalogue"');
    expect(lines[3]).toBe(`"'=1+1","58006","26","no"`);
    expect(lines[5]).toBe('"夜に駆ける; Artist 4","56012","21","no"');
  }));
