import { readableFile } from '../../cli/readable-file.ts';
import { REPLAYING } from '../../pipelines/index.ts';
import type { Deployed } from '../aws.ts';
import { sendTasks } from '../event-files.ts';
import { runDeployed } from './run.ts';

export interface RunReplayingOptions {
  /** Files to send before the run, by the option that names them, such as `--events`. */
  readonly files: Readonly<Record<`--${string}`, readonly string[] | undefined>>;
  /** Inputs of the run, by their names; those that are not given are left out. */
  readonly inputs?: Readonly<Record<string, string | undefined>>;
  /** False: the run is started and not watched. */
  readonly wait: boolean;
}

/** Sends files of events, and runs the pipeline `name`, which reads them ({@link runDeployed}). */
export async function runReplaying(
  deployed: Deployed,
  name: string,
  { files, inputs = {}, wait }: RunReplayingOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const pipeline = REPLAYING.find((each) => each.name === name);
  if (!pipeline) throw new Error(`pipeline must be one of ${REPLAYING.map((each) => each.name).join(', ')}, got ${name}`);
  const named = Object.entries(files).flatMap(([option, paths = []]) => paths.map((path) => ({ option, path })));
  const readable = await Promise.all(named.map(({ option, path }) => readableFile(option, path)));
  const input = Object.fromEntries(Object.entries(inputs).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
  const ownOptions = [...new Set(named.map(({ option }) => option)), ...Object.keys(input).map(optionOf)];
  const landing = () => (readable.length > 0 ? sendTasks(deployed, name, readable, [], signal) : Promise.resolve([]));
  return runDeployed(deployed, { pipeline, ownOptions, landing, input, wait }, signal);
}

/** `fromOffset` is given as `--from-offset`. */
function optionOf(input: string): string {
  return `--${input.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
