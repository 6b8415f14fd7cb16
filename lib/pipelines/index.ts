import { churn } from './churn.ts';

/** Every pipeline there is. */
export const PIPELINES = [churn] as const;
