import { assessments } from './assessments.ts';
import { churn } from './churn.ts';
import { clicks } from './clicks.ts';
import { stepsOf, type UnattendedPipeline } from './pipeline.ts';
import { songplays } from './songplays.ts';

/** Every pipeline there is. */
export const PIPELINES = [churn, songplays, clicks, assessments] as const;
export type AnyPipeline = UnattendedPipeline<never>;

/** Those whose events files are sent to a topic. */
export const REPLAYING = (PIPELINES as readonly unknown[] as readonly AnyPipeline[]).filter((each) =>
  stepsOf(each).some(({ kind }) => kind === 'replay'),
);
