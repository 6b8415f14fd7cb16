import { readableFile } from '../../cli/readable-file.ts';
import { churn } from '../../pipelines/churn.ts';
import type { Deployed } from '../aws.ts';
import { sendTasks } from '../event-files.ts';
import { runDeployed } from './run.ts';

export interface RunDeployedChurnOptions {
  /** Files to send before the run. */
  readonly events?: readonly string[];
  readonly cutoff?: string;
  /** False: the run is started and not watched. */
  readonly wait: boolean;
}

/** Sends event files, and runs the churn pipeline ({@link runDeployed}). */
export async function runDeployedChurn(deployed: Deployed, options: RunDeployedChurnOptions, signal: AbortSignal): Promise<boolean> {
  const { events = [], cutoff, wait } = options;
  const files = await Promise.all(events.map((file) => readableFile('--events', file)));
  const ownOptions = [...(files.length > 0 ? ['--events'] : []), ...(cutoff ? ['--cutoff'] : [])];
  const landing = () => (files.length > 0 ? sendTasks(deployed, churn.name, files, [], signal) : Promise.resolve([]));
  return runDeployed(deployed, { pipeline: churn, ownOptions, landing, input: cutoff ? { cutoff } : {}, wait }, signal);
}
