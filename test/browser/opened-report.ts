import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { launchBrowser } from '../support/browser.ts';

interface PageOptions {
  readonly viewport: { width: number; height: number };
  readonly colorScheme?: 'light' | 'dark';
}

export interface OpenedReport {
  /** Opens the report, runs `use`, and fails when the page complained or asked for anything but itself. */
  onPage(options: PageOptions, use: (page: Page) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** A report in a file, and a browser to open it in. */
export async function openReport(html: string): Promise<OpenedReport> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-report-'));
  const file = join(folder, 'report.html');
  await writeFile(file, html);
  const address = pathToFileURL(file).href;
  const browser = await launchBrowser();
  return {
    async onPage(options, use) {
      const context = await browser.newContext(options);
      const complaints: string[] = [];
      const page = await context.newPage();
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (request) => request.url() !== address && complaints.push(`request of ${request.url()}`));
      try {
        await page.goto(address);
        await use(page);
        expect(complaints.filter((each) => !each.startsWith('request of data:') && !each.startsWith('request of blob:'))).toEqual([]);
      } finally {
        await context.close();
      }
    },
    async close() {
      await browser.close();
      await rm(folder, { recursive: true });
    },
  };
}
