import type { StepOutcome } from '../../cli/tasks.ts';
import type { SideBySide, SqlStep } from '../../pipelines/pipeline.ts';
import type { RunContext } from '../context.ts';
import type { Session, Warehouse } from '../warehouse.ts';
import { bulkTransaction } from '../warehouse/bulk.ts';
import { keysLast } from '../warehouse/keys-last.ts';

/** Runs the statements in one transaction: all that they do is there in the end, or nothing. Those side by side are for tables of a run's own. */
export async function runSqlStep<Parameters>(context: RunContext<Parameters>, step: SqlStep): Promise<StepOutcome> {
  const warehouse = await context.warehouse();
  const { statements, first, sideBySide } = step;
  const made = sideBySide && warehouse.engine === 'postgresql' ? await runSideBySide(warehouse, sideBySide) : await runAll();
  return { rowsIn: made, rowsOut: made };

  function runAll(): Promise<number> {
    return bulkTransaction(warehouse, async (session) => {
      let rows = 0;
      await keysLast(session, first?.tables ?? [], async (keyless) => {
        const isFirst = first !== undefined && keyless.length === first.tables.length;
        rows = await execute(session, isFirst ? first.statements : statements);
      });
      return rows;
    });
  }
}

/** A transaction each: what one of them leaves where another fails nobody reads, and the next run's first statements remove it. */
async function runSideBySide(warehouse: Warehouse, { before, parts, after }: SideBySide): Promise<number> {
  const run = (statements: readonly string[]) => bulkTransaction(warehouse, (session) => execute(session, statements));
  let rows = await run(before);
  const ended = await Promise.allSettled(parts.map((part) => run([part])));
  for (const part of ended) {
    if (part.status === 'rejected') throw part.reason;
    rows += part.value;
  }
  return rows + (await run(after));
}

/** @returns how many rows were made */
async function execute(session: Session, statements: readonly string[]): Promise<number> {
  let made = 0;
  for (const statement of statements) {
    const rows = await session.execute(statement);
    if (/^(INSERT|MERGE)\b/.test(statement)) made += rows;
  }
  return made;
}
