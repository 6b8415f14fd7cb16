import { churn } from '../../pipelines/churn.ts';
import type { Deployed } from '../aws.ts';
import { runReplaying } from './run-replaying.ts';

export interface RunDeployedChurnOptions {
  /** Files to send before the run. */
  readonly events?: readonly string[];
  readonly cutoff?: string;
  /** False: the run is started and not watched. */
  readonly wait: boolean;
}

/** Sends event files, and runs the churn pipeline. */
export function runDeployedChurn(deployed: Deployed, options: RunDeployedChurnOptions, signal: AbortSignal): Promise<boolean> {
  const { events, cutoff, wait } = options;
  return runReplaying(deployed, churn, { files: { '--events': events }, inputs: { cutoff }, wait }, signal);
}
