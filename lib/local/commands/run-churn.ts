import { access, constants, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { churn, type ChurnParameters } from '../../pipelines/churn.ts';
import { UsageError } from '../../cli/failures.ts';
import type { Home } from '../home.ts';
import type { GenerateInput } from '../generated.ts';
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
  const generate: GenerateInput | undefined = files ? undefined : { users, days, seed };
  const parameters = (generatedTruth?: string): ChurnParameters => {
    const known = truth ?? generatedTruth;
    return { seed, ...(cutoff ? { cutoff } : {}), ...(known ? { truth: known } : {}) };
  };
  return runPipeline({
    home,
    pipeline: churn,
    parameters,
    signal,
    fresh,
    ...(warehouse ? { warehouseUrl: warehouse } : {}),
    input: files ?? generate!,
  });
}

async function readableFile(option: string, file: string): Promise<string> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    const reason = found.code === 'ENOENT' ? 'a path where nothing is' : (found.code ?? found.message);
    throw new UsageError(`${option} must be a file that can be read, got ${reason}: ${file}`);
  }
  if (!found.isFile()) throw new UsageError(`${option} must be a file, got a ${found.isDirectory() ? 'folder' : 'special file'}: ${file}`);
  await access(file, constants.R_OK).catch(() => {
    throw new UsageError(`${option} must be a file that can be read, got one without permission: ${file}`);
  });
  return resolve(file);
}
