import { z } from 'zod';
import type { Replayer, ReplayRequest, ReplayResult } from './handler.ts';

/** A call by a state machine or a person. It is answered with the result, and called again with `start: next` until it is done. */
const directCall = z.strictObject({
  bucket: z.string().min(1),
  key: z.string().min(1),
  start: z.int().optional(),
  source: z.string().optional(),
  rate: z.number().optional(),
});

const eventBridge = z.object({
  'detail-type': z.literal('Object Created'),
  detail: z.object({ bucket: z.object({ name: z.string() }), object: z.object({ key: z.string() }) }),
});

const notification = z.object({
  Records: z.array(
    z.object({
      eventName: z.string().startsWith('ObjectCreated:'),
      s3: z.object({ bucket: z.object({ name: z.string() }), object: z.object({ key: z.string() }) }),
    }),
  ),
});

/** What S3 sends once when notifications are switched on. */
const testEvent = z.object({ Event: z.literal('s3:TestEvent') });

interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** Answers direct calls, S3 notifications and EventBridge events of new objects. */
export function makeLambda({ replay }: Pick<Replayer, 'replay'>) {
  return async (event: unknown, lambda: LambdaContext): Promise<ReplayResult | ReplayResult[]> => {
    const context = { remainingMs: () => lambda.getRemainingTimeInMillis() };
    const direct = directCall.safeParse(event);
    if (direct.success) return replay(requestOf(direct.data), context);
    const results: ReplayResult[] = [];
    for (const created of createdObjects(event)) {
      const result = await replay(requestOf(created), context);
      // Nobody reads the answer to a notification, so what is left undone must be an error.
      if (!result.done)
        throw new Error(`${created.key} must be replayed in one call, got as far as record ${result.next}: call with that start`);
      results.push(result);
    }
    return results;
  };
}

type Call = z.infer<typeof directCall>;

function requestOf({ bucket, key, start, source, rate }: Call): ReplayRequest {
  return {
    location: `s3://${bucket}/${key}`,
    ...(start !== undefined && { start }),
    ...(source !== undefined && { source }),
    ...(rate !== undefined && { rate }),
  };
}

function createdObjects(event: unknown): Call[] {
  if (testEvent.safeParse(event).success) return [];
  const bridged = eventBridge.safeParse(event);
  if (bridged.success) return [{ bucket: bridged.data.detail.bucket.name, key: bridged.data.detail.object.key }];
  const notified = notification.safeParse(event);
  if (!notified.success)
    throw new Error(`event must be {bucket, key} or tell of a new object, got ${JSON.stringify(event)?.slice(0, 500)}`);
  // In notifications, and only there, keys are written as in HTML forms.
  return notified.data.Records.map(({ s3 }) => ({ bucket: s3.bucket.name, key: decodeURIComponent(s3.object.key.replaceAll('+', ' ')) }));
}
