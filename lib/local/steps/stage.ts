import type { OnProgress, StepOutcome } from '../../cli/tasks.ts';
import type { StageStep } from '../../pipelines/pipeline.ts';
import type { RunContext } from '../context.ts';

export function runStageStep<Parameters>(_context: RunContext<Parameters>, step: StageStep, _onProgress: OnProgress): Promise<StepOutcome> {
  throw new Error(`not there yet: ${step.name}`);
}
