import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lastReport } from '../../../lib/local/commands/report.ts';
import { Home } from '../../../lib/local/home.ts';
import { temporaryFolder } from '../../support/folder.ts';

const home = new Home(temporaryFolder());

function run(name: string, summary?: object): string {
  const folder = join(home.runs(), name);
  mkdirSync(folder, { recursive: true });
  if (summary) writeFileSync(join(folder, 'summary.json'), JSON.stringify(summary));
  return folder;
}

test('the newest report is told, also where runs after it have none; where there is none, the last run is', async () => {
  run('2026-11-01-churn', { report: null });
  const last = run('2026-11-02-songplays');
  await expect(lastReport(home)).rejects.toThrow(`report must have been made by a run, got none that came to its own: ${last} has`);
  await expect(lastReport(home, 'clicks')).rejects.toThrow('got no run yet: run `millrace run clicks`');
  run('2026-10-30-churn', { report: 'first.html' });
  run('2026-10-31-churn', { report: 'second.html' });
  expect(await lastReport(home)).toBe('second.html');
  await expect(lastReport(home, 'songplays')).rejects.toThrow(last);
});
