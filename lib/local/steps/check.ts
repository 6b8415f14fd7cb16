import type { StepOutcome } from '../../cli/tasks.ts';
import type { CheckStep, FailedCheck } from '../../pipelines/pipeline.ts';
import type { RunContext } from '../context.ts';
import { bulkTransaction } from '../warehouse/bulk.ts';

/** Fails where something is wrong with what is about to be published, and tells all of it. */
export async function runCheckStep<Parameters>(context: RunContext<Parameters>, step: CheckStep): Promise<StepOutcome> {
  const warehouse = await context.warehouse();
  const failed = await bulkTransaction(warehouse, (session) => session.query<FailedCheck>(step.query));
  if (failed.length > 0) throw new Error(failed.map(told).join('\n'));
  return { rowsIn: 0, rowsOut: 0, note: 'all hold' };
}

function told({ check_name, table_name, failures, sample }: FailedCheck): string {
  return `check ${check_name} of ${table_name} must hold, got ${failures} ${failures === 1 ? 'failure' : 'failures'}: ${sample}${failures > 3 ? ', …' : ''}`;
}
