import type { Dataset } from '../../lib/contracts/dataset.ts';
import type { RunContext } from '../../lib/local/context.ts';
import { localEndpoints } from '../../lib/local/endpoints.ts';
import { Home } from '../../lib/local/home.ts';
import { runStep } from '../../lib/local/steps/run-step.ts';
import { emptySummary } from '../../lib/local/summary.ts';
import type { Warehouse } from '../../lib/local/warehouse.ts';
import { quoted } from '../../lib/contracts/render/ddl.ts';
import { STAR } from '../../lib/contracts/star/index.ts';
import { stepsOf, type Step } from '../../lib/pipelines/pipeline.ts';
import { songplays } from '../../lib/pipelines/songplays.ts';

export interface StarRun {
  readonly warehouse: Warehouse;
  /** @default - steps that stage files are left out */
  readonly inputs?: Readonly<Record<string, readonly string[]>>;
  /** Folder of the run's files. @default - none are written */
  readonly folder?: string;
}

/** Runs the pipeline's steps in the warehouse. Returns how many rows each of them made. */
export async function runStar({ warehouse, inputs, folder = '/nonexistent' }: StarRun): Promise<Record<string, number>> {
  const home = new Home(folder);
  const context: RunContext<object> = {
    pipeline: songplays,
    parameters: {},
    home,
    runFolder: folder,
    endpoints: localEndpoints(home, ''),
    inputs: inputs ?? {},
    warehouse: () => Promise.resolve(warehouse),
    signal: new AbortController().signal,
    summary: emptySummary(songplays, [], new Date()),
    rejects: [],
  };
  const kinds: readonly Step<object>['kind'][] = inputs ? ['stage', 'sql', 'check'] : ['sql', 'check'];
  const made: Record<string, number> = {};
  for (const step of stepsOf(songplays).filter(({ kind }) => kinds.includes(kind))) {
    made[step.name] = (await runStep(context, step, () => undefined)).rowsOut;
  }
  return made;
}

/** All that is in the tables of the star, each in the order of its key. */
export async function starOf(warehouse: Warehouse): Promise<Record<string, Record<string, unknown>[]>> {
  const tables = STAR.map(async (table: Dataset) => [
    table.name,
    await warehouse.query(`SELECT * FROM millrace.${quoted(table.name)} ORDER BY ${table.key.map(quoted).join(', ')}`),
  ]);
  return Object.fromEntries(await Promise.all(tables)) as Record<string, Record<string, unknown>[]>;
}
