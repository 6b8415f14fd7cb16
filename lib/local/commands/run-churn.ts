import { churn, type ChurnParameters } from '../../pipelines/churn.ts';
import { readableFile } from '../../cli/readable-file.ts';
import { generatedEvents } from '../generated.ts';
import type { Home } from '../home.ts';
import { runPipeline } from '../run.ts';

export interface RunChurnOptions {
  readonly events?: readonly string[];
  readonly truth?: string;
  readonly users: number;
  readonly days: number;
  readonly seed: number;
  readonly warehouse?: string;
  readonly cutoff?: string;
  readonly fresh?: boolean;
}

/**
 * Runs the churn pipeline on the event files, or on generated events.
 * @returns path of the report
 */
export async function runChurn(home: Home, options: RunChurnOptions, signal: AbortSignal): Promise<string> {
  const { users, days, seed, cutoff, warehouse, fresh = false } = options;
  const truth = options.truth === undefined ? undefined : await readableFile('--truth', options.truth);
  const files = options.events && (await Promise.all(options.events.map((file) => readableFile('--events', file))));
  return runPipeline({
    home,
    pipeline: churn,
    parameters: (made): ChurnParameters => {
      const known = truth ?? made?.truth;
      return { seed, ...(cutoff ? { cutoff } : {}), ...(known ? { truth: known } : {}) };
    },
    inputs: (made) => ({ events: files ?? [made!.events] }),
    signal,
    fresh,
    ...(warehouse !== undefined ? { warehouseUrl: warehouse } : {}),
    ...(files ? {} : { generate: generatedEvents({ users, days, seed }) }),
  });
}
