import { DEFAULT_START } from './generate.ts';
import { Impressions, type Impression } from './impressions.ts';
import { LineFile } from './line-file.ts';
import { requireFileName, requireInteger } from './options.ts';

export const DEFAULT_IMPRESSIONS = 80_000;

export interface GenerateImpressionsOptions {
  readonly rows: number;
  /** Same seed and rows, same bytes. 0 to 4294967295. */
  readonly seed: number;
  /** CSV file ending in .csv or .csv.gz (then it is gzip). Its folder must exist. */
  readonly out: string;
  /** File of the true probabilities, .jsonl or .jsonl.gz. @default - none is written */
  readonly truth?: string;
  readonly onProgress?: (rows: number) => void;
  /** Stops the work; no file is left. */
  readonly signal?: AbortSignal;
}

const CHUNK_ROWS = 5_000;

/**
 * Writes ad impressions with their outcome, in order of time, in the published layout with a header. The files appear when they are complete.
 * @returns how many were clicked
 * @throws OptionError; the signal's reason when aborted
 */
export async function generateImpressions(options: GenerateImpressionsOptions): Promise<{ clicks: number }> {
  const impressions = impressionsOf(options);
  const { rows, out, truth } = options;
  requireFileName('impressions', out, /\.csv(\.gz)?$/, '.csv or .csv.gz');
  if (truth !== undefined) requireFileName('truth', truth);
  const file = new LineFile(out);
  const truthFile = truth === undefined ? undefined : new LineFile(truth);
  const files = truthFile ? [file, truthFile] : [file];
  let clicks = 0;
  try {
    await file.write(`${HEADER.join(',')}\n`);
    for (let from = 0; from < rows; from += CHUNK_ROWS) {
      options.signal?.throwIfAborted();
      const some = Array.from({ length: Math.min(CHUNK_ROWS, rows - from) }, (_, at) => impressions.at(from + at));
      clicks += some.filter(({ click }) => click === 1).length;
      await file.write(some.map(csvLine).join(''));
      await truthFile?.write(
        some.map(({ id, probability }) => `${JSON.stringify({ id, probability: Number(probability.toFixed(6)) })}\n`).join(''),
      );
      options.onProgress?.(from + some.length);
    }
    for (const each of files) await each.finish();
    for (const each of files) await each.publish();
    return { clicks };
  } catch (error) {
    for (const each of files) await each.discard();
    throw error;
  }
}

/** The impressions that such a file holds, and those that would follow. @throws OptionError */
export function impressionsOf({ rows, seed }: Pick<GenerateImpressionsOptions, 'rows' | 'seed'>): Impressions {
  requireInteger('rows', rows, 100, 100_000_000);
  requireInteger('seed', seed, 0, 2 ** 32 - 1);
  return new Impressions({ rows, seed, start: Date.parse(DEFAULT_START) });
}

const COLUMNS = [
  'C1',
  'banner_pos',
  'site_id',
  'site_domain',
  'site_category',
  'app_id',
  'app_domain',
  'app_category',
  'device_id',
  'device_ip',
  'device_model',
  'device_type',
  'device_conn_type',
  'C14',
  'C15',
  'C16',
  'C17',
  'C18',
  'C19',
  'C20',
  'C21',
] as const;
const HEADER = ['id', 'click', 'hour', ...COLUMNS];

function csvLine({ id, click, hour, categories }: Impression): string {
  // 2026-06-01T04:… as 26060104
  const time = new Date(hour).toISOString().slice(2, 13).replace(/[-T]/g, '');
  return `${[id, click, time, ...COLUMNS.map((name) => categories[name])].join(',')}\n`;
}
