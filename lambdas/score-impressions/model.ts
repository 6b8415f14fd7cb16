import * as z from 'zod';
import type { AdImpression } from '../../lib/contracts/ad-impression.ts';
import { bucketOf } from './terms.ts';

/** A linear model over hashed terms, ready to use. */
export interface ClickModel {
  readonly version: string;
  readonly intercept: number;
  /** Each tells the bucket of one term. */
  readonly terms: readonly ((impression: AdImpression) => number)[];
  /** Weight of each bucket. */
  readonly weights: Float64Array;
}

const MOST_BUCKETS = 2 ** 24;

const file = z.object({
  format: z.literal(1),
  version: z.string().min(1),
  buckets: z
    .int()
    .min(1)
    .max(MOST_BUCKETS)
    .refine((buckets) => Number.isInteger(Math.log2(buckets)), 'must be a power of two'),
  terms: z.array(z.array(z.string()).min(1)),
  intercept: z.number(),
  indexes: z.base64(),
  weights: z.base64(),
});

/**
 * Reads a `model.json`, as docs/clicks.md has its format.
 *
 * @throws Error where it is none, naming what is wrong
 */
export function readModel(text: string): ClickModel {
  const { success, data, error } = file.safeParse(JSON.parse(text));
  if (!success) throw new Error(`click model must be of format 1, got ${z.prettifyError(error)}`);
  const { version, buckets, terms, intercept } = data;
  return { version, intercept, terms: terms.map((term) => bucketOf(term, buckets)), weights: weightsOf(data) };
}

/** Probability of a click, 0 to 1: what Spark says of the same impression, to 1e-9. */
export function probabilityOf({ intercept, terms, weights }: ClickModel, impression: AdImpression): number {
  let margin = intercept;
  for (const bucket of terms) margin += weights[bucket(impression)]!;
  return 1 / (1 + Math.exp(-margin));
}

function weightsOf({ buckets, indexes, weights }: z.infer<typeof file>): Float64Array {
  const [at, values] = [bytesOf(indexes), bytesOf(weights)];
  const count = at.byteLength / 4;
  if (values.byteLength !== count * 8) throw new Error(`weights must be ${count}, as many as indexes, got ${values.byteLength / 8}`);
  const dense = new Float64Array(buckets);
  for (let each = 0; each < count; each++) {
    const [bucket, weight] = [at.getUint32(each * 4, true), values.getFloat64(each * 8, true)];
    if (bucket >= buckets) throw new Error(`indexes must be below ${buckets}, got ${bucket}`);
    if (!Number.isFinite(weight)) throw new Error(`weights must be finite numbers, got ${weight}`);
    dense[bucket] = weight;
  }
  return dense;
}

function bytesOf(base64: string): DataView {
  const bytes = Buffer.from(base64, 'base64');
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
