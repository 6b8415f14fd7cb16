import type { OnProgress, StepOutcome } from '../../cli/tasks.ts';
import type { LiveFeed, SparkStep, Step } from '../../pipelines/pipeline.ts';
import type { RunContext } from '../context.ts';
import { runCheckStep } from './check.ts';
import { runLiveStep } from './live.ts';
import { runLoadStep } from './load.ts';
import { runReplayStep } from './replay.ts';
import { runReportStep } from './report.ts';
import { runSparkStep } from './spark.ts';
import { runSqlStep } from './sql.ts';
import { runStageStep } from './stage.ts';

/** Runs a step of a pipeline on this machine. */
export function runStep<Parameters>(context: RunContext<Parameters>, step: Step<Parameters>, onProgress: OnProgress): Promise<StepOutcome> {
  switch (step.kind) {
    case 'replay':
      return runReplayStep(context, step, onProgress);
    case 'spark':
      return isLive(step) && context.live ? runLiveStep(context, step, context.live, onProgress) : runSparkStep(context, step, onProgress);
    case 'load':
      return runLoadStep(context, onProgress);
    case 'stage':
      return runStageStep(context, step, onProgress);
    case 'sql':
      return runSqlStep(context, step);
    case 'check':
      return runCheckStep(context, step);
    case 'report':
      return runReportStep(context);
  }
}

function isLive<P>(step: SparkStep<P>): step is SparkStep<P> & { readonly live: LiveFeed } {
  return step.live !== undefined;
}
