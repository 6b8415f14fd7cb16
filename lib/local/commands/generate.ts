import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeCatalogue } from '../../../data/generate.ts';
import { UsageError } from '../../cli/failures.ts';
import { formatted } from '../../cli/progress.ts';
import { runTasks, type Task } from '../../cli/tasks.ts';
import { asUsersMistake, generateShown, type GenerateInput } from '../generated.ts';

export interface GenerateCommandOptions extends GenerateInput {
  /** File of events. @default - none are written */
  readonly out?: string;
  /** File of the listeners' true churn probabilities, with `out`. @default - none is written */
  readonly truth?: string;
  /** File of the songs that the events refer to. @default - none is written */
  readonly songs?: string;
}

/** Writes generated events, their true churn probabilities and the catalogue of songs, what is asked for of it, with a bar. */
export async function generateFiles(options: GenerateCommandOptions, signal: AbortSignal): Promise<void> {
  const { out, truth, songs } = options;
  if (out === undefined && songs === undefined) throw new UsageError('generate must be given --out, --songs or both, got neither');
  if (out === undefined && truth !== undefined) throw new UsageError('--truth must be given with --out, got it alone');
  for (const file of [out, truth, songs]) if (file) await mkdir(dirname(file), { recursive: true });
  await runTasks(
    [...(out === undefined ? [] : [eventsTask({ ...options, out }, signal)]), ...(songs === undefined ? [] : [songsTask(songs)])],
    { signal },
  );
}

function eventsTask(options: GenerateCommandOptions & { readonly out: string }, signal: AbortSignal): Task {
  return {
    name: 'generate',
    title: `Generate ${options.out}`,
    run: async (onProgress) => {
      const { events, users, churned } = await generateShown({ ...options, signal }, onProgress);
      return { rowsIn: 0, rowsOut: events, note: `${formatted(users)} listeners, ${formatted(churned)} of them cancelled` };
    },
  };
}

function songsTask(file: string): Task {
  return {
    name: 'songs',
    title: `Generate ${file}`,
    run: async () => ({ rowsIn: 0, rowsOut: await asUsersMistake(writeCatalogue(file)), note: 'the same for every seed' }),
  };
}
