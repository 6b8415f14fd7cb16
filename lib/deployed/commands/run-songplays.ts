import { readablePath } from '../../cli/readable-file.ts';
import { songplays } from '../../pipelines/songplays.ts';
import type { Deployed } from '../aws.ts';
import { landTask } from '../input-files.ts';
import { runDeployed } from './run.ts';

export interface RunDeployedSongplaysOptions {
  /** Files and folders to upload before the run. @default - what has landed is staged */
  readonly logs?: readonly string[];
  readonly songs?: readonly string[];
  /** False: the run is started and not watched. */
  readonly wait: boolean;
}

/** Uploads files that are new, and runs the songplays pipeline ({@link runDeployed}). */
export async function runDeployedSongplays(
  deployed: Deployed,
  options: RunDeployedSongplaysOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const { wait } = options;
  const given = (['logs', 'songs'] as const).filter((input) => (options[input] ?? []).length > 0);
  const paths = new Map(
    await Promise.all(
      given.map(async (input) => [input, await Promise.all(options[input]!.map((path) => readablePath(`--${input}`, path)))] as const),
    ),
  );
  const landing = () => Promise.resolve(given.map((input) => landTask(deployed, songplays.name, input, paths.get(input)!, signal)));
  return runDeployed(deployed, { pipeline: songplays, ownOptions: given.map((input) => `--${input}`), landing, input: {}, wait }, signal);
}
