import type { StepOutcome } from '../../cli/tasks.ts';
import type { SqlStep } from '../../pipelines/pipeline.ts';
import type { RunContext } from '../context.ts';
import { bulkTransaction } from '../warehouse/bulk.ts';
import { keysLast } from '../warehouse/keys-last.ts';

/** Runs the statements in one transaction: all that they do is there in the end, or nothing. */
export async function runSqlStep<Parameters>(context: RunContext<Parameters>, step: SqlStep): Promise<StepOutcome> {
  const warehouse = await context.warehouse();
  const { statements, first } = step;
  let made = 0;
  await bulkTransaction(warehouse, async (session) => {
    await keysLast(session, first?.tables ?? [], async (keyless) => {
      const isFirst = first !== undefined && keyless.length === first.tables.length;
      for (const statement of isFirst ? first.statements : statements) {
        const rows = await session.execute(statement);
        if (/^(INSERT|MERGE)\b/.test(statement)) made += rows;
      }
    });
  });
  return { rowsIn: made, rowsOut: made };
}
