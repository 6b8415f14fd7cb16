import { churn } from './churn.ts';
import type { UnattendedPipeline } from './pipeline.ts';
import { songplays } from './songplays.ts';

/** Every pipeline there is. */
export const PIPELINES = [churn, songplays] as const;
export type AnyPipeline = UnattendedPipeline<never>;
