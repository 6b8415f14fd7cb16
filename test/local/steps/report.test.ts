import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunContext } from '../../../lib/local/context.ts';
import { localEndpoints } from '../../../lib/local/endpoints.ts';
import { Home } from '../../../lib/local/home.ts';
import { runReportStep } from '../../../lib/local/steps/report.ts';
import { emptySummary } from '../../../lib/local/summary.ts';
import type { Warehouse } from '../../../lib/local/warehouse.ts';
import { songplays } from '../../../lib/pipelines/songplays.ts';
import { rowsOf, textOf } from '../../report/page-text.ts';
import { oneSongplay } from '../../report/songplays-fixture.ts';
import { temporaryFolder } from '../../support/folder.ts';

function songplaysRun(name = songplays.name): RunContext<object> {
  const home = new Home(temporaryFolder());
  const runFolder = join(home.root, 'runs', 'one');
  mkdirSync(runFolder, { recursive: true });
  const summary = emptySummary(songplays, ['logs: log_data'], new Date());
  summary.staged = {
    listening_events: { files: 2, alreadyStaged: 0, rows: 40, rejected: 0, duplicateFiles: [], otherFiles: [], rejects: [] },
  };
  return {
    pipeline: { ...songplays, name },
    parameters: {},
    home,
    runFolder,
    endpoints: localEndpoints(home, ''),
    inputs: {},
    warehouse: () => Promise.resolve({ ...oneSongplay, engine: 'pglite', version: '18.6' } as unknown as Warehouse),
    signal: new AbortController().signal,
    summary,
    rejects: [],
  };
}

test('the page of a run is written beside its summary, which tells where, and what the tables hold', async () => {
  const context = songplaysRun();
  expect(await runReportStep(context)).toEqual({ rowsIn: 1, rowsOut: 0 });
  const { report, warehouse } = context.summary;
  expect(report).toBe(join(context.runFolder, 'report.html'));
  expect(warehouse).toEqual({ engine: 'pglite 18.6', tables: { songplays: 4, users: 4, songs: 4, artists: 4, time: 4 } });
  const html = readFileSync(report!, 'utf8');
  expect(textOf(html)).toContain('1 play by 1 listener in one day');
  expect(rowsOf(html, 'Files staged in this run')[0]).toEqual(['Listening events', '2', '40', '0', '0', '0', '0']);
});

test('fails when the pipeline has no report, and says of none that there is one', async () => {
  const context = songplaysRun('visits');
  await expect(runReportStep(context)).rejects.toThrow(
    'pipeline must be one that has a report (churn, songplays, clicks, assessments), got visits',
  );
  expect(context.summary.report).toBeNull();
});
