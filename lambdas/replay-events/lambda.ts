import * as z from 'zod';
import type { Replayer, ReplayResult } from './handler.ts';

/** A call by a state machine or a person. It is answered with the result, and called again with `start: next` until it is done. */
const call = z.strictObject({
  bucket: z.string().min(1),
  key: z.string().min(1),
  start: z.int().optional(),
  /** Null as good as left out: a state machine has it in a variable, which must have a value at the first call, too. */
  source: z.string().nullish(),
  rate: z.number().optional(),
});

interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** Answers calls that name an object of S3. */
export function makeLambda({ replay }: Pick<Replayer, 'replay'>) {
  return async (event: unknown, lambda: LambdaContext): Promise<ReplayResult> => {
    const { success, data } = call.safeParse(event);
    if (!success) throw new Error(`event must be {bucket, key}, with start, source and rate if need be, got ${shown(event)}`);
    const { bucket, key, start, source, rate } = data;
    const request = {
      location: `s3://${bucket}/${key}`,
      ...(start !== undefined && { start }),
      ...(typeof source === 'string' && { source }),
      ...(rate !== undefined && { rate }),
    };
    return replay(request, { remainingMs: () => lambda.getRemainingTimeInMillis() });
  };
}

function shown(event: unknown): string {
  return String(JSON.stringify(event)).slice(0, 500);
}
