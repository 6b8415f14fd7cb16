import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderChurnReport } from '../../lib/report/churn.tsx';
import { reportFixture } from '../report/fixture.ts';
import { lowestContrast } from '../support/contrast.ts';
import { openReport, type OpenedReport } from './opened-report.ts';

const HOSTILE = '<script>document.title = "executed"</script>';
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

let report: OpenedReport;

/** The report of 60 at risk: the second is called `<script>…` and lives at a formula, the third has names without a space. */
function hostileReport(): string {
  const data = reportFixture({ atRisk: 60 });
  const scores = data.warehouse.scores!;
  const listeners = scores.listeners.map((each, index) => {
    if (index === 1) return { ...each, firstName: HOSTILE, lastName: null, location: '=1+1' };
    return index === 2 ? { ...each, firstName: 'x'.repeat(300), location: 'y'.repeat(300) } : each;
  });
  return renderChurnReport({ ...data, warehouse: { ...data.warehouse, scores: { ...scores, listeners } } });
}

beforeAll(async () => {
  report = await openReport(hostileReport());
}, 120_000);
afterAll(() => report?.close());
const onPage: OpenedReport['onPage'] = (options, use) => report.onPage(options, use);

const bodyRows = (page: Page) => page.locator('#listeners-table tbody tr:visible');
const columnTexts = (page: Page, area: string) => bodyRows(page).locator(`td.${area} [data-part]:first-child`).allInnerTexts();
const probabilities = async (page: Page) => (await columnTexts(page, 'probability')).map((text) => Number.parseFloat(text));

describe.each([
  ['a desktop', DESKTOP],
  ['a phone', PHONE],
])('on %s', (name, viewport) => {
  test('nothing makes the page scroll sideways, and no text of a drawing is too small to read', () =>
    onPage({ viewport }, async (page) => {
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width);
      const plots = page.locator('.plot:visible');
      expect(await plots.count()).toBe(5);
      // Drawn text is 12 units; this is what is left of it on the screen.
      const sizes = await plots.evaluateAll((all) =>
        all.map((plot) => (12 * plot.getBoundingClientRect().width) / (plot as SVGSVGElement).viewBox.baseVal.width),
      );
      expect(Math.min(...sizes)).toBeGreaterThan(10);
    }));

  test('a name that is a script is shown as text and not run', () =>
    onPage({ viewport }, async (page) => {
      await page.getByLabel('Filter').fill('document.title');
      expect(await bodyRows(page).locator('td.name b').innerText()).toBe(HOSTILE);
      expect(await page.title()).toContain('Millrace churn report');
    }));

  test.each(['light', 'dark'] as const)('in %s, every text stands out from its background', (colorScheme) =>
    onPage({ viewport, colorScheme }, async (page) => {
      await page.evaluate(() => document.querySelectorAll('details').forEach((each) => (each.open = true)));
      const lowest = await lowestContrast(page);
      // 4.5 : 1 is what WCAG 2.2 asks of text of any size (success criterion 1.4.3).
      expect(lowest.ratio, lowest.text).toBeGreaterThanOrEqual(4.5);
    }),
  );

  test(`${name === 'a phone' ? 'half a page' : 'a page'} of rows is shown until all are asked for`, () =>
    onPage({ viewport }, async (page) => {
      expect(await bodyRows(page).count()).toBe(name === 'a phone' ? 10 : 20);
      await page.getByRole('button', { name: 'Show all 60' }).click();
      expect(await bodyRows(page).count()).toBe(60);
      expect(await page.getByRole('button', { name: /Show all/ }).count()).toBe(0);
    }));
});

test('dark and light differ in background and curves, from one drawing', async () => {
  const colours = async (colorScheme: 'light' | 'dark') => {
    let found: string[] = [];
    await onPage({ viewport: DESKTOP, colorScheme }, async (page) => {
      const curve = page.locator('.plot.wide path[stroke="var(--series-1)"]').first();
      const stroke = await curve.evaluate((path) => getComputedStyle(path).stroke);
      found = [await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor), stroke];
    });
    return found;
  };
  expect(await colours('light')).toEqual(['rgb(246, 246, 243)', 'rgb(27, 95, 180)']);
  expect(await colours('dark')).toEqual(['rgb(18, 21, 26)', 'rgb(121, 180, 255)']);
});

test('clicking a header sorts by it, clicking again turns it round, and the header says so', () =>
  onPage({ viewport: DESKTOP }, async (page) => {
    const header = page.getByRole('columnheader', { name: 'Probability' });
    const first = await probabilities(page);
    expect(first).toEqual(first.toSorted((a, b) => b - a));
    await header.getByRole('button').click();
    expect(await header.getAttribute('aria-sort')).toBe('ascending');
    const turned = await probabilities(page);
    expect(turned).toEqual(turned.toSorted((a, b) => a - b));
    expect(turned[0]).toBeLessThan(first.at(-1)!);

    await page.getByRole('button', { name: 'Listener' }).click();
    expect(await header.getAttribute('aria-sort')).toBe('none');
    const names = await columnTexts(page, 'name');
    expect(names).toEqual(names.toSorted((a, b) => a.localeCompare(b, 'en', { sensitivity: 'base', numeric: true })));
  }));

test('the filter keeps the rows that hold every word, whatever the case, and says how many', () =>
  onPage({ viewport: DESKTOP }, async (page) => {
    const inDallas = ({ location }: { location: string | null }) => location?.startsWith('Dallas');
    const all = reportFixture({ atRisk: 60 }).warehouse.scores!.listeners.filter(
      ({ atRisk }, index) => atRisk && index !== 1 && index !== 2,
    );
    const wanted = all.find(inDallas)!.firstName!;
    const expected = all.filter((each) => inDallas(each) && each.firstName === wanted).length;
    await page.getByLabel('Filter').fill(`dallas ${wanted.toUpperCase()}`);
    expect(await bodyRows(page).count()).toBe(expected);
    expect(await page.getByRole('status').innerText()).toBe(`${expected} of 60 listeners`);
    await page.getByLabel('Filter').fill('no such listener');
    expect(await bodyRows(page).count()).toBe(0);
  }));

test('the keyboard alone reaches the filter, the headers and their sorting', () =>
  onPage({ viewport: DESKTOP }, async (page) => {
    await page.keyboard.press('Tab');
    await page.keyboard.type('paid');
    expect(await page.getByLabel('Filter').inputValue()).toBe('paid');
    for (const name of ['Download CSV', 'Listener', 'Level', 'Place', 'Probability']) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(name);
    }
    await page.keyboard.press('Enter');
    expect(await page.getByRole('columnheader', { name: 'Probability' }).getAttribute('aria-sort')).toBe('ascending');
    expect(await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle)).toBe('solid');
  }));

test('the table’s head stays in sight while its rows scroll by', () =>
  onPage({ viewport: DESKTOP }, async (page) => {
    await bodyRows(page).nth(15).scrollIntoViewIfNeeded();
    await page.mouse.wheel(0, 400);
    const top = () => page.getByRole('columnheader', { name: 'Place' }).evaluate((cell) => cell.getBoundingClientRect().top);
    await expect.poll(top).toBe(0);
  }));

test('the CSV holds every row, and no cell that a spreadsheet would run', () =>
  onPage({ viewport: DESKTOP }, async (page) => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download CSV' }).click()]);
    expect(download.suggestedFilename()).toBe('churn-risk-2026-07-31.csv');
    const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n');
    expect(lines).toHaveLength(61);
    expect(lines[0]).toBe('"Listener","Level","Place","Probability","Strongest reasons"');
    expect(lines[2]).toContain(`"'=1+1"`);
  }));
