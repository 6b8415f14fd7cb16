import { createHash } from 'node:crypto';
import { checker } from '../../../lambdas/shared/messages.ts';
import { DEFAULT_MAX_MESSAGE_BYTES } from '../../../lambdas/shared/sender.ts';
import { openFile } from '../../../lambdas/shared/sources.ts';
import { adImpressions } from '../../../lambdas/shared/targets.ts';
import type { AdImpression } from '../../contracts/ad-impression.ts';

/** Share of a file's impressions that are past; the rest, the latest by time, is live. */
const PAST = 0.75;

/** Tells past impressions from live ones. */
export interface Split {
  /** Impressions before this hour are past, epoch milliseconds; */
  readonly hour: number;
  /** and of this hour's this share, by their ids. */
  readonly share: number;
}

/** One whose outcome nobody knows is live whenever it was. */
export function isPast({ hour, share }: Split, impression: Pick<AdImpression, 'id' | 'click' | 'hour'>): boolean {
  if (impression.click === null) return false;
  return impression.hour < hour || (impression.hour === hour && place(impression.id) < share);
}

/** Splits files by time, so that a quarter of what they hold is live, however coarse their hours are. */
export async function splitOf(files: readonly string[], signal: AbortSignal): Promise<Split> {
  const hours = new Map<number, number>();
  let all = 0;
  for await (const { hour } of impressionsIn(files, signal)) {
    hours.set(hour, (hours.get(hour) ?? 0) + 1);
    all++;
  }
  let before = 0;
  for (const [hour, count] of [...hours].sort(([a], [b]) => a - b)) {
    if (before + count > all * PAST) return { hour, share: (all * PAST - before) / count };
    before += count;
  }
  return { hour: 0, share: 0 };
}

/** The impressions of files, in their order; what cannot be read is left to who tells of it. */
export async function* impressionsIn(files: readonly string[], signal: AbortSignal): AsyncGenerator<AdImpression> {
  const check = checker(adImpressions, DEFAULT_MAX_MESSAGE_BYTES);
  for (const file of files) {
    const source = await openFile(file, signal);
    for await (const records of adImpressions.format!.records(source.read())) {
      signal.throwIfAborted();
      for (const record of records) {
        const checked = check(record, source.id);
        if (checked.ok) yield checked.row;
      }
    }
  }
}

/** A number from 0 up to 1 that an id always has. */
function place(id: string): number {
  return createHash('sha256').update(id).digest().readUInt32BE() / 2 ** 32;
}
