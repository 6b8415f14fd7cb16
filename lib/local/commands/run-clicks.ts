import { resolve } from 'node:path';
import { impressionsOf } from '../../../data/generate-impressions.ts';
import { readableFile } from '../../cli/readable-file.ts';
import { clicks, type ClicksParameters } from '../../pipelines/clicks.ts';
import { generatedImpressions } from '../generated.ts';
import type { Home } from '../home.ts';
import { LiveInput, type LiveSettings } from '../live/input.ts';
import { runPipeline } from '../run.ts';

export interface RunClicksOptions {
  readonly impressions?: readonly string[];
  /** True click probabilities of the impressions. */
  readonly truth?: string;
  /** Impressions to generate. */
  readonly rows: number;
  readonly seed: number;
  /** Live impressions a second. */
  readonly rate: number;
  readonly follow?: boolean;
  /** Folder that predictions are written to, too. */
  readonly csv?: string;
  readonly warehouse?: string;
  readonly fresh?: boolean;
}

/** Share of the generated impressions that is live in each run. */
const LIVE = 0.25;
/** Predictions of each batch that stand in the step's log. */
const CONSOLE_ROWS = 5;

/**
 * Runs the clicks pipeline on files of impressions, or on generated ones. With `follow` the first signal ends the flow, and the run goes on to
 * its report.
 * @returns path of the report
 */
export async function runClicks(home: Home, options: RunClicksOptions, signal: AbortSignal): Promise<string> {
  const { rows, seed, rate, follow = false, csv, warehouse, fresh = false } = options;
  const truth = options.truth === undefined ? undefined : await readableFile('--truth', options.truth);
  const files = options.impressions && (await Promise.all(options.impressions.map((file) => readableFile('--impressions', file))));
  const whole = new AbortController();
  const live = new LiveInput({ rate, follow, ...(files ? {} : { more: generatedMore(rows, seed) }) }, home, whole.signal);
  signal.addEventListener('abort', () => (follow && live.flowing ? live.stop : whole).abort(), { once: true });
  if (signal.aborted) whole.abort();
  return runPipeline({
    home,
    pipeline: clicks,
    parameters: (made): ClicksParameters => {
      const known = truth ?? made?.truth;
      return { seed, console: CONSOLE_ROWS, ...(csv ? { csv: resolve(csv) } : {}), ...(known ? { truth: known } : {}) };
    },
    inputs: (made) => ({ impressions: files ?? [made!.impressions] }),
    live,
    signal: whole.signal,
    fresh,
    ...(warehouse !== undefined ? { warehouseUrl: warehouse } : {}),
    ...(files ? {} : { generate: generatedImpressions({ rows, seed }) }),
  });
}

/** What comes after a generated file's end. */
function generatedMore(rows: number, seed: number): NonNullable<LiveSettings['more']> {
  const impressions = impressionsOf({ rows, seed });
  return {
    aRun: Math.round(rows * LIVE),
    at: (index) => {
      const { id, click, hour, categories } = impressions.at(rows + index);
      return { id, click, hour, ...categories };
    },
  };
}
