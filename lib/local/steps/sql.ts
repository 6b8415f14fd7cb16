import type { StepOutcome } from '../../cli/tasks.ts';
import type { SqlStep } from '../../pipelines/pipeline.ts';
import type { RunContext } from '../context.ts';

export function runSqlStep<Parameters>(_context: RunContext<Parameters>, step: SqlStep): Promise<StepOutcome> {
  throw new Error(`not there yet: ${step.name}`);
}
