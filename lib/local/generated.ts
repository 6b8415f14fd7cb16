import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate, OptionError, writeCatalogue, type Generated as GeneratedCounts, type GenerateOptions } from '../../data/generate.ts';
import { generateImpressions } from '../../data/generate-impressions.ts';
import { UsageError } from '../cli/failures.ts';
import { CHECKOUT, type Home } from './home.ts';
import type { OnProgress } from '../cli/tasks.ts';

export interface GenerateInput {
  readonly users: number;
  readonly days: number;
  readonly seed: number;
}

/** Input that a run makes for itself. */
export interface Generation<Made> {
  /** For the person watching. */
  readonly title: string;
  /** What it is, for the summary. */
  readonly described: string;
  /** Makes it, unless an earlier run with the same options and the same generator has. */
  readonly make: (home: Home, signal: AbortSignal, onProgress: OnProgress) => Promise<Made & Generated>;
}

export interface Generated {
  /** Rows in the main file. */
  readonly count: number;
  /** An earlier run has made them. */
  readonly reused: boolean;
}

export interface GeneratedFiles extends Generated {
  /** File of events. */
  readonly events: string;
  /** File of the listeners' true churn probabilities. */
  readonly truth: string;
  /** File of the songs that the events refer to. */
  readonly songs: string;
}

export interface GeneratedImpressions extends Generated {
  /** CSV file of impressions. */
  readonly impressions: string;
  /** File of their true click probabilities. */
  readonly truth: string;
}

export function generatedEvents(input: GenerateInput): Generation<GeneratedFiles> {
  const { users, days, seed } = input;
  return {
    title: 'Generate events',
    described: `generated: ${users} users, ${days} days, seed ${seed}`,
    make: (home, signal, onProgress) => generated(home, input, signal, onProgress),
  };
}

export function generatedImpressions({ rows, seed }: { rows: number; seed: number }): Generation<GeneratedImpressions> {
  return {
    title: 'Generate impressions',
    described: `generated: ${rows} impressions, seed ${seed}`,
    async make(home, signal, onProgress) {
      await mkdir(home.generated(), { recursive: true });
      const stem = join(home.generated(), `${rows}-impressions-seed-${seed}-${await fingerprint()}`);
      const files = { impressions: `${stem}.csv`, truth: `${stem}.truth.jsonl`, count: rows };
      // Both appear when they are whole, the truth last.
      if (existsSync(files.truth)) return { ...files, reused: true };
      const shown = (written: number) => onProgress({ rows: written, total: rows });
      await asUsersMistake(generateImpressions({ rows, seed, out: files.impressions, truth: files.truth, onProgress: shown, signal }));
      return { ...files, reused: false };
    },
  };
}

/** Generates events and the catalogue of their songs below `.millrace/generated`, unless an earlier run with the same options and the same generator has. */
async function generated(home: Home, input: GenerateInput, signal: AbortSignal, onProgress: OnProgress): Promise<GeneratedFiles> {
  await mkdir(home.generated(), { recursive: true });
  const generator = await fingerprint();
  const stem = join(home.generated(), `${input.users}-users-${input.days}-days-seed-${input.seed}-${generator}`);
  // One catalogue for all options.
  const songs = join(home.generated(), `songs-${generator}.jsonl`);
  const files = { events: `${stem}.jsonl`, truth: `${stem}.truth.jsonl`, songs };
  // Written last, so that where it is the others are whole.
  const about = `${stem}.json`;
  if (existsSync(about)) return { ...files, ...(JSON.parse(await readFile(about, 'utf8')) as { count: number }), reused: true };
  await writeCatalogue(songs);
  const { events } = await generateShown({ ...input, out: files.events, truth: files.truth, signal }, onProgress);
  await writeFile(about, JSON.stringify({ count: events }));
  return { ...files, count: events, reused: false };
}

/**
 * The generator, its progress as a step's and its complaints as the user's.
 * @throws UsageError for an option that is out of its range
 */
export function generateShown(options: GenerateOptions, onProgress: OnProgress): Promise<GeneratedCounts> {
  return asUsersMistake(
    generate({
      ...options,
      onProgress: ({ events: rows, day, days }) => onProgress({ rows, total: Math.round((rows / day) * days) }),
    }),
  );
}

/** What the generator complains of is an option of the user's. */
export function asUsersMistake<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw error instanceof OptionError ? new UsageError(error.message) : error;
  });
}

/** Changes when the generator does: its events are then others under the same seed. */
export async function fingerprint(): Promise<string> {
  const folder = join(CHECKOUT, 'data');
  const sources = (await readdir(folder)).filter((name) => name.endsWith('.ts')).sort();
  const hash = createHash('sha256');
  for (const name of sources) hash.update(await readFile(join(folder, name)));
  return hash.digest('hex').slice(0, 8);
}
