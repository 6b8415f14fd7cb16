import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { RunContext } from '../../../lib/local/context.ts';
import { localEndpoints } from '../../../lib/local/endpoints.ts';
import { Home } from '../../../lib/local/home.ts';
import { runStageStep } from '../../../lib/local/steps/stage.ts';
import { emptySummary } from '../../../lib/local/summary.ts';
import type { OnProgress } from '../../../lib/cli/tasks.ts';
import { openWarehouse, type Warehouse } from '../../../lib/local/warehouse.ts';
import { prepareWarehouse } from '../../../lib/local/warehouse/prepare.ts';
import { stepsOf, type StageStep } from '../../../lib/pipelines/pipeline.ts';
import { songplays } from '../../../lib/pipelines/songplays.ts';
import type { StagedCounts } from '../../../lib/pipelines/step-result.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { testPostgresql, type TestPostgresql } from '../../support/postgresql.ts';

export const EVENT = { ts: 1_541_106_106_796, userId: '8', sessionId: 139, page: 'NextSong', itemInSession: 0, song: 'One', level: 'free' };
const SONG = { song_id: 'S1', title: 'One', artist_id: 'A1', artist_name: 'Somebody', duration: 200.5, year: 0, num_songs: 1 };
export const TABLES = ['staged_listening_events', 'staged_catalogue_songs', 'staged_rejects', 'staged_files'];
export const NONE: StagedCounts = { files: 0, alreadyStaged: 0, rows: 0, rejected: 0, duplicateFiles: [], otherFiles: [], rejects: [] };

export const event = (changes: object = {}) => JSON.stringify({ ...EVENT, ...changes });
export const song = (changes: object = {}) => JSON.stringify({ ...SONG, ...changes });
export const steps = stepsOf(songplays).filter((step): step is StageStep => step.kind === 'stage');
export const [stageEvents, stageSongs] = steps as [StageStep, StageStep];

export const warehouses: Partial<Record<'pglite' | 'postgresql', Warehouse>> = {};
export let home: Home;
/** What is to be staged is put there. */
export let folder: string;

/** For each test a home and a folder of its own, and for all of them two warehouses, which begin each test empty. */
export function setUpStaging(): void {
  let postgresql: TestPostgresql;
  beforeAll(async () => {
    postgresql = await testPostgresql();
    warehouses.pglite = await openWarehouse({ dataDir: temporaryFolder() });
    warehouses.postgresql = await openWarehouse({ dataDir: temporaryFolder(), url: postgresql.url });
    for (const warehouse of Object.values(warehouses)) await prepareWarehouse(warehouse);
  }, 60_000);
  afterAll(async () => {
    for (const warehouse of Object.values(warehouses)) await warehouse.close();
    await postgresql.stop();
  });
  beforeEach(async () => {
    home = new Home(temporaryFolder());
    folder = temporaryFolder();
    for (const warehouse of Object.values(warehouses)) await forget(warehouse);
  });
}

/** As if nothing had been staged. */
export async function forget(warehouse: Warehouse): Promise<void> {
  for (const table of TABLES) await warehouse.query(`DELETE FROM millrace.${table}`);
}

export function put(files: Record<string, string | Buffer>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

/** What a run of the step says it did with the files of the folder. */
export async function stage(
  warehouse: Warehouse,
  step = stageEvents,
  change: Partial<RunContext<object>> = {},
  onProgress: OnProgress = () => {},
): Promise<StagedCounts> {
  const context: RunContext<object> = {
    pipeline: songplays,
    parameters: {},
    home,
    runFolder: join(home.root, 'runs', 'one'),
    endpoints: localEndpoints(home, ''),
    inputs: { [step.input]: [folder] },
    warehouse: () => Promise.resolve(warehouse),
    signal: new AbortController().signal,
    summary: emptySummary(songplays, [], new Date()),
    rejects: [],
    ...change,
  };
  await runStageStep(context, step, onProgress);
  return context.summary.staged![step.contract.name]!;
}

export const rows = (warehouse: Warehouse, sql: string) => warehouse.query(sql);
export const count = async (warehouse: Warehouse, table: string) =>
  Number((await warehouse.query<{ n: number }>(`SELECT count(*) AS n FROM millrace.${table}`))[0]!.n);

/** Staged files of a kind, by line. */
export function stagedLines(dataset: string, kind: 'rejects' | 'files'): Record<string, unknown>[] {
  return stagedTexts(dataset, kind).flatMap((text) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  );
}

export const rowsFiles = () => readdirSync(join(home.staged(), 'listening_events', 'rows'));

/** Staged rows by column, as texts: null where there is none. */
export function stagedRows(dataset: string): Record<string, string | null>[] {
  const cast = (value: string, { quoting }: { quoting: boolean }) => (value === '' && !quoting ? null : value);
  return stagedTexts(dataset, 'rows').flatMap((text) =>
    parse<Record<string, string | null>>(text, { columns: true, cast, record_delimiter: '\n' }),
  );
}

function stagedTexts(dataset: string, kind: 'rows' | 'rejects' | 'files'): string[] {
  const below = join(home.staged(), dataset, kind);
  return readdirSync(below)
    .sort()
    .map((name) => readFileSync(join(below, name), 'utf8'));
}
