import { loadTables, tableCounts } from '../warehouse.ts';
import type { OnProgress, StepOutcome } from '../../cli/tasks.ts';
import type { RunContext } from '../context.ts';

/** Loads the exports into the pipeline's warehouse tables, all of them or none. */
export async function runLoadStep<Parameters>(context: RunContext<Parameters>, onProgress: OnProgress): Promise<StepOutcome> {
  const { pipeline, endpoints, summary } = context;
  const warehouse = await context.warehouse();
  const loaded = await loadTables(warehouse, pipeline.tables, endpoints.exports, ({ rows, table }) => onProgress({ rows, note: table }));
  summary.warehouse = { engine: `${warehouse.engine} ${warehouse.version}`, tables: await tableCounts(warehouse, pipeline.tables) };
  const rows = Object.values(loaded).reduce((sum, count) => sum + count, 0);
  return { rowsIn: rows, rowsOut: rows, note: summary.warehouse.engine };
}
