import type { StepOutcome } from '../../cli/tasks.ts';
import type { CheckStep, FailedCheck } from '../../pipelines/pipeline.ts';
import type { RunContext } from '../context.ts';
import type { Warehouse } from '../warehouse.ts';
import { bulkTransaction } from '../warehouse/bulk.ts';

/** As many as the steps that run side by side: what waits for a connection to a server would be given up after some seconds. */
const ASKED_AT_ONCE = 4;

/** Fails where something is wrong with what is about to be published, and tells all of it. */
export async function runCheckStep<Parameters>(context: RunContext<Parameters>, step: CheckStep): Promise<StepOutcome> {
  const warehouse = await context.warehouse();
  const failed = await answers(warehouse, step.parts ?? [step.query]);
  if (failed.length > 0) throw new Error([...failed.map(told), `nothing was published; how to go on: ${step.guide}`].join('\n'));
  return { rowsIn: 0, rowsOut: 0, note: 'all hold' };
}

/** What all queries give, in their order. */
async function answers(warehouse: Warehouse, queries: readonly string[]): Promise<FailedCheck[]> {
  const found: FailedCheck[][] = [];
  const waiting = [...queries.entries()];
  const askNext = async () => {
    try {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const [place, query] = next;
        found[place] = await bulkTransaction(warehouse, (session) => session.query<FailedCheck>(query));
      }
    } finally {
      waiting.length = 0; // also where one fails: the others end with what they are at
    }
  };
  const asked = await Promise.allSettled(Array.from({ length: ASKED_AT_ONCE }, askNext));
  for (const each of asked) if (each.status === 'rejected') throw each.reason;
  return found.flat();
}

function told({ check_name, table_name, failures, sample }: FailedCheck): string {
  return `check ${check_name} of ${table_name} must hold, got ${failures} ${failures === 1 ? 'failure' : 'failures'}: ${sample}${failures > 3 ? ', …' : ''}`;
}
