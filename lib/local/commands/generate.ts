import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DEFAULT_ATTEMPTS, generateAttempts } from '../../../data/generate-attempts.ts';
import { DEFAULT_IMPRESSIONS, generateImpressions } from '../../../data/generate-impressions.ts';
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
  /** File of ad impressions. @default - none are written */
  readonly impressions?: string;
  /** File of their true click probabilities, with `impressions`. @default - none is written */
  readonly impressionsTruth?: string;
  /** File of attempts at exams. @default - none are written */
  readonly attempts?: string;
  /** Ad impressions, or attempts, to write. @default - the generators' own */
  readonly rows?: number;
}

/** Writes generated events, songs and ad impressions, and what is true of them: what is asked for of it, with a bar. */
export async function generateFiles(options: GenerateCommandOptions, signal: AbortSignal): Promise<void> {
  const { out, truth, songs, impressions, impressionsTruth, attempts } = options;
  if (out === undefined && songs === undefined && impressions === undefined && attempts === undefined)
    throw new UsageError('generate must be given --out, --songs, --impressions, --attempts or several of them, got none');
  if (out === undefined && truth !== undefined) throw new UsageError('--truth must be given with --out, got it alone');
  if (impressions === undefined && impressionsTruth !== undefined)
    throw new UsageError('--impressions-truth must be given with --impressions, got it alone');
  for (const file of [out, truth, songs, impressions, impressionsTruth, attempts])
    if (file) await mkdir(dirname(file), { recursive: true });
  await runTasks(
    [
      ...(out === undefined ? [] : [eventsTask({ ...options, out }, signal)]),
      ...(songs === undefined ? [] : [songsTask(songs)]),
      ...(impressions === undefined ? [] : [impressionsTask({ ...options, impressions }, signal)]),
      ...(attempts === undefined ? [] : [attemptsTask({ ...options, attempts }, signal)]),
    ],
    { signal },
  );
}

function eventsTask(options: GenerateCommandOptions & { readonly out: string }, signal: AbortSignal): Task {
  return {
    name: 'generate',
    title: `Generate ${options.out}`,
    run: async (onProgress) => {
      const { events, users, churned } = await generateShown({ ...options, signal }, onProgress);
      const listeners = `${formatted(users)} ${users === 1 ? 'listener' : 'listeners'}, ${formatted(churned)} of them cancelled`;
      return { rowsIn: 0, rowsOut: events, note: events > 0 ? listeners : 'nobody came: it takes more --users or --days' };
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

function impressionsTask(options: GenerateCommandOptions & { readonly impressions: string }, signal: AbortSignal): Task {
  const { impressions: out, impressionsTruth: truth, rows = DEFAULT_IMPRESSIONS, seed } = options;
  return {
    name: 'impressions',
    title: `Generate ${out}`,
    run: async (onProgress) => {
      const shown = (written: number) => onProgress({ rows: written, total: rows });
      const { clicks } = await asUsersMistake(
        generateImpressions({ rows, seed, out, ...(truth === undefined ? {} : { truth }), onProgress: shown, signal }),
      );
      return { rowsIn: 0, rowsOut: rows, note: `${formatted(clicks)} of them clicked` };
    },
  };
}

function attemptsTask(options: GenerateCommandOptions & { readonly attempts: string }, signal: AbortSignal): Task {
  const { attempts: out, rows = DEFAULT_ATTEMPTS, seed } = options;
  return {
    name: 'attempts',
    title: `Generate ${out}`,
    run: async (onProgress) => {
      const shown = (written: number) => onProgress({ rows: written, total: rows });
      const lines = await asUsersMistake(generateAttempts({ rows, seed, out, onProgress: shown, signal }));
      return { rowsIn: 0, rowsOut: rows, note: `${formatted(lines)} messages` };
    },
  };
}
