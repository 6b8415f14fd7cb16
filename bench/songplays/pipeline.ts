import { join } from 'node:path';
import type { RunContext } from '../../lib/local/context.ts';
import { localEndpoints } from '../../lib/local/endpoints.ts';
import { Home } from '../../lib/local/home.ts';
import { runCheckStep } from '../../lib/local/steps/check.ts';
import { runSqlStep } from '../../lib/local/steps/sql.ts';
import { runStageStep } from '../../lib/local/steps/stage.ts';
import { emptySummary } from '../../lib/local/summary.ts';
import { openWarehouse } from '../../lib/local/warehouse.ts';
import { prepareWarehouse } from '../../lib/local/warehouse/prepare.ts';
import type { Step } from '../../lib/pipelines/pipeline.ts';
import { songplays } from '../../lib/pipelines/songplays.ts';
import type { Files, Timed } from './bare-copies.ts';

/** The pipeline's steps of the warehouse, by the code and in the order of a run: those that are side by side there are so here. */
export async function pipelineSeconds(url: string, root: string, { logs, songs }: Files): Promise<Timed[]> {
  const home = new Home(root);
  const warehouse = await openWarehouse({ url, dataDir: root });
  await prepareWarehouse(warehouse);
  await warehouse.query('CHECKPOINT');
  const context: RunContext<object> = {
    pipeline: songplays,
    parameters: {},
    home,
    runFolder: join(root, 'run'),
    endpoints: localEndpoints(home, ''),
    inputs: { logs: [logs], songs: [songs] },
    warehouse: () => Promise.resolve(warehouse),
    signal: new AbortController().signal,
    summary: emptySummary(songplays, [], new Date()),
    rejects: [],
  };
  const times: Timed[] = [];
  for (const entry of songplays.steps) {
    const steps = [entry].flat().filter(({ kind }) => kind === 'stage' || kind === 'sql' || kind === 'check');
    if (steps.length === 0) continue;
    const began = performance.now();
    await Promise.all(steps.map((step) => run(context, step)));
    times.push({ what: steps.map(({ name }) => name).join(', '), seconds: (performance.now() - began) / 1000 });
  }
  await warehouse.close();
  return times;
}

async function run(context: RunContext<object>, step: Step<object>): Promise<void> {
  if (step.kind === 'stage') await runStageStep(context, step, () => {});
  else if (step.kind === 'sql') await runSqlStep(context, step);
  else if (step.kind === 'check') await runCheckStep(context, step);
}
