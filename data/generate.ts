import { Catalogue } from './catalogue.ts';
import { LineFile } from './line-file.ts';
import { type Listener, MS_PER_DAY } from './listeners.ts';
import { OptionError, requireFileName, requireInteger } from './options.ts';
import { simulate, type Simulation } from './simulate.ts';
import { eventLine, songLine, truthLine } from './source-line.ts';

export { OptionError };

export const DEFAULT_USERS = 600;
export const DEFAULT_DAYS = 60;
export const DEFAULT_SEED = 42;
/** A fixed date, so that the same seed gives the same bytes on any day. */
export const DEFAULT_START = '2026-06-01';
export const DEFAULT_HORIZON_DAYS = 10;

export interface Progress {
  readonly events: number;
  readonly day: number;
  readonly days: number;
}

export interface GenerateOptions {
  /** Listeners in all; those who never come in the period leave no event. */
  readonly users: number;
  readonly days: number;
  /** Same seed and options, same bytes. 0 to 4294967295. */
  readonly seed: number;
  /** First day, `YYYY-MM-DD`; it begins at midnight UTC. @default DEFAULT_START */
  readonly start?: string;
  /** File of events, ending in .jsonl or .jsonl.gz (then it is gzip). Its folder must exist. */
  readonly out: string;
  /** File of true churn probabilities, .jsonl or .jsonl.gz. @default - none is written */
  readonly truth?: string;
  /** Horizon of the true probabilities, days. @default DEFAULT_HORIZON_DAYS */
  readonly horizonDays?: number;
  /** Called at the end of each generated day. */
  readonly onProgress?: (progress: Progress) => void;
  /** Stops the work; no file is left. */
  readonly signal?: AbortSignal;
}

export interface Generated {
  readonly events: number;
  /** Listeners with an event. */
  readonly users: number;
  /** Listeners who confirmed a cancellation. */
  readonly churned: number;
}

/**
 * Writes events of synthetic listeners, sorted by time. The files appear when they are complete; one that is there already is replaced.
 * @throws OptionError; the signal's reason when aborted
 */
export async function generate(options: GenerateOptions): Promise<Generated> {
  const simulation = checked(options);
  const events = new LineFile(options.out);
  const truth = options.truth === undefined ? undefined : new LineFile(options.truth);
  const files = truth ? [events, truth] : [events];
  try {
    const generated = await write(simulation, options, events, truth);
    for (const file of files) await file.finish();
    for (const file of files) await file.publish();
    return generated;
  } catch (error) {
    for (const file of files) await file.discard();
    throw error;
  }
}

/**
 * Writes the catalogue of songs that events of every seed refer to, a line a song; always the same bytes.
 * @param out File ending in .jsonl or .jsonl.gz; its folder must exist
 * @returns the number of songs
 * @throws OptionError
 */
export async function writeCatalogue(out: string): Promise<number> {
  requireFileName('songs', out);
  const songs = new Catalogue().listed();
  const file = new LineFile(out);
  try {
    await file.write(songs.map((song) => songLine(song, songs.length)).join(''));
    await file.finish();
    await file.publish();
  } catch (error) {
    await file.discard();
    throw error;
  }
  return songs.length;
}

async function write(simulation: Simulation, options: GenerateOptions, events: LineFile, truth: LineFile | undefined): Promise<Generated> {
  const seen = new Set<Listener>();
  const total = { events: 0, churned: 0, day: 0 };
  for (const happening of simulate(simulation)) {
    options.signal?.throwIfAborted();
    if ('views' in happening) {
      const { views } = happening;
      for (const view of views) if (view.auth === 'Logged In') seen.add(view.listener);
      total.events += views.length;
      total.churned += views.filter((view) => view.auth === 'Cancelled').length;
      await events.write(views.map(eventLine).join(''));
    } else {
      await truth?.write(happening.truths.map((row) => truthLine(row, simulation.horizonDays)).join(''));
      total.day++;
      options.onProgress?.({ events: total.events, day: total.day, days: simulation.days });
    }
  }
  return { events: total.events, users: seen.size, churned: total.churned };
}

function checked(options: GenerateOptions): Simulation {
  const { users, days, seed, start = DEFAULT_START, horizonDays = DEFAULT_HORIZON_DAYS } = options;
  requireInteger('users', users, 1, 10_000_000);
  requireInteger('days', days, 1, 3_660);
  requireInteger('seed', seed, 0, 2 ** 32 - 1);
  requireInteger('horizonDays', horizonDays, 1, 366);
  requireFileName('out', options.out);
  if (options.truth !== undefined) {
    requireFileName('truth', options.truth);
    if (options.truth === options.out) throw new Error(`truth must be another file than out, got ${JSON.stringify(options.truth)}`);
  }
  return { users, days, seed, start: requireDate('start', start), horizonDays };
}

/** Epoch milliseconds of a date's midnight. */
function requireDate(what: string, value: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(value) ? Date.parse(value) : Number.NaN;
  const exists = !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(value);
  if (!exists || ms < Date.UTC(2001, 0, 1) || ms + 3_660 * MS_PER_DAY > Date.UTC(2100, 0, 1)) {
    throw new OptionError(`${what} must be a date YYYY-MM-DD between 2001 and 2089, got ${JSON.stringify(value)}`);
  }
  return ms;
}
