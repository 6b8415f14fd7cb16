import type { StepOutcome } from '../../cli/tasks.ts';
import type { CheckStep } from '../../pipelines/pipeline.ts';
import type { RunContext } from '../context.ts';

export function runCheckStep<Parameters>(_context: RunContext<Parameters>, step: CheckStep): Promise<StepOutcome> {
  throw new Error(`not there yet: ${step.name}`);
}
