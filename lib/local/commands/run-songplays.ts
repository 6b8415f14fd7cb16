import { readablePath } from '../../cli/readable-file.ts';
import { songplays } from '../../pipelines/songplays.ts';
import { generatedEvents, type GenerateInput } from '../generated.ts';
import type { Home } from '../home.ts';
import { runPipeline } from '../run.ts';

export interface RunSongplaysOptions extends GenerateInput {
  /** Event files, or folders of them. */
  readonly logs?: readonly string[];
  /** Song files, or folders of them. */
  readonly songs?: readonly string[];
  readonly warehouse?: string;
  readonly fresh?: boolean;
}

/**
 * Runs the songplays pipeline on files, or on generated events and the catalogue of their songs where none is named. Where only logs or
 * only songs are named, only these come in: what was staged before stays.
 * @returns path of the report
 */
export async function runSongplays(home: Home, options: RunSongplaysOptions, signal: AbortSignal): Promise<string> {
  const { users, days, seed, warehouse, fresh = false } = options;
  const logs = await Promise.all((options.logs ?? []).map((path) => readablePath('--logs', path)));
  const songs = await Promise.all((options.songs ?? []).map((path) => readablePath('--songs', path)));
  const given = options.logs !== undefined || options.songs !== undefined;
  return runPipeline({
    home,
    pipeline: songplays,
    parameters: () => songplays.defaults,
    inputs: (made) => (made ? { logs: [made.events], songs: [made.songs] } : { logs, songs }),
    signal,
    fresh,
    ...(warehouse !== undefined ? { warehouseUrl: warehouse } : {}),
    ...(given ? {} : { generate: generatedEvents({ users, days, seed }) }),
  });
}
