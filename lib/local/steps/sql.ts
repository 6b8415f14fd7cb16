import type { StepOutcome } from '../../cli/tasks.ts';
import type { SqlStep } from '../../pipelines/pipeline.ts';
import type { RunContext } from '../context.ts';
import { refreshStatistics } from '../warehouse/statistics.ts';

/** Runs the statements in one transaction: all that they do is there in the end, or nothing. */
export async function runSqlStep<Parameters>(context: RunContext<Parameters>, step: SqlStep): Promise<StepOutcome> {
  const warehouse = await context.warehouse();
  await refreshStatistics(warehouse);
  let made = 0;
  await warehouse.transaction(async (session) => {
    for (const statement of step.statements) {
      const rows = await session.execute(statement);
      if (/^(INSERT|MERGE)\b/.test(statement)) made += rows;
    }
  });
  return { rowsIn: made, rowsOut: made };
}
