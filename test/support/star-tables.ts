import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { RunContext } from '../../lib/local/context.ts';
import { localEndpoints, writeContracts } from '../../lib/local/endpoints.ts';
import { Home } from '../../lib/local/home.ts';
import { runStep } from '../../lib/local/steps/run-step.ts';
import { emptySummary } from '../../lib/local/summary.ts';
import { openWarehouse } from '../../lib/local/warehouse.ts';
import { prepareWarehouse } from '../../lib/local/warehouse/prepare.ts';
import { stepsOf } from '../../lib/pipelines/pipeline.ts';
import { songplays } from '../../lib/pipelines/songplays.ts';

/**
 * The warehouse's side of a comparison: `star-tables.ts HOME BATCH…` takes `BATCH/logs` and `BATCH/songs` in, batch after batch, by the
 * steps that a run has for the warehouse, and leaves its tables in `HOME/tables/<name>.jsonl`, staged files and contracts where a run does.
 */
const [root, ...batches] = process.argv.slice(2);
const home = new Home(root);
await writeContracts(home);
const warehouse = await openWarehouse({ dataDir: home.root });
await prepareWarehouse(warehouse);

for (const batch of batches) {
  const inputs = { logs: [join(batch, 'logs')], songs: [join(batch, 'songs')] };
  const context: RunContext<object> = {
    pipeline: songplays,
    parameters: {},
    home,
    runFolder: join(home.runs(), 'test'),
    endpoints: localEndpoints(home, ''),
    inputs,
    warehouse: () => Promise.resolve(warehouse),
    signal: new AbortController().signal,
    summary: emptySummary(songplays, [batch], new Date()),
    rejects: [],
  };
  for (const step of stepsOf(songplays)) {
    if (step.kind !== 'spark' && step.kind !== 'report') await runStep(context, step, () => undefined);
  }
}

await mkdir(join(home.root, 'tables'));
for (const { name } of songplays.tables) {
  const file = createWriteStream(join(home.root, 'tables', `${name}.jsonl`));
  // As text: JavaScript's dates know no microseconds.
  const rows = await warehouse.query<{ row: string }>(`SELECT CAST(row_to_json(t) AS text) AS row FROM millrace."${name}" AS t`);
  for (const { row } of rows) file.write(`${row}\n`);
  file.end();
  await finished(file);
}
await warehouse.close();
