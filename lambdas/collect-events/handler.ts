import type { z } from 'zod';
import type { Producer } from '../shared/kafka/producer.ts';
import type { Target } from '../shared/messages.ts';
import { DEFAULT_MAX_MESSAGE_BYTES, MAX_BATCH_BYTES } from '../shared/sender.ts';
import { batchChecker, type EventAnswer } from './batch-check.ts';
import { readBatch, type Body } from './body.ts';
import { Delivery } from './delivery.ts';
import { Refusal } from './refusal.ts';
import { EVENTS_PATH } from './route.ts';

export interface Dependencies<Shape extends z.ZodRawShape> {
  readonly target: Target<Shape>;
  readonly topic: string;
  readonly rejectsTopic: string;
  readonly connect: () => Promise<Producer>;
  /** Is told why events could not be brought to Kafka. */
  readonly onFailure: (reason: unknown) => void;
  /** The topics' `max.message.bytes`. @default 1048588, Kafka's own */
  readonly maxMessageBytes?: number;
  /** Time after which the answer is 503, ms. @default 20000 */
  readonly deadlineMs?: number;
  /** Batches that may wait for the one before; what comes then is answered 429. @default 50 */
  readonly maxWaiting?: number;
}

/** An HTTP request; names of headers in lower case. */
export interface CollectRequest extends Body {
  readonly method: string;
  readonly path: string;
}

export interface CollectResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: BatchAnswer | { readonly error: string };
}

export interface BatchAnswer {
  readonly accepted: number;
  readonly rejected: number;
  readonly events: readonly EventAnswer[];
}

export interface Collector {
  /** Answers a request; an accepted event has been acknowledged by Kafka.*/
  readonly collect: (request: CollectRequest) => Promise<CollectResponse>;
  /** Closes the connection; a later request opens a new one. */
  readonly close: () => Promise<void>;
}

const DEFAULT_DEADLINE_MS = 20_000;
const DEFAULT_MAX_WAITING = 50;

/** Makes the collecting of events over HTTP: checks a batch event by event, sends the good ones, and says of each what became of it. */
export function makeHandler<Shape extends z.ZodRawShape>(dependencies: Dependencies<Shape>): Collector {
  const { target, maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES } = dependencies;
  const check = batchChecker(target, maxMessageBytes);
  const delivery = new Delivery({
    ...dependencies,
    deadlineMs: dependencies.deadlineMs ?? DEFAULT_DEADLINE_MS,
    maxWaiting: dependencies.maxWaiting ?? DEFAULT_MAX_WAITING,
    maxBatchBytes: Math.min(MAX_BATCH_BYTES, maxMessageBytes),
  });

  async function answer(request: CollectRequest): Promise<CollectResponse> {
    checkRoute(request);
    const { events, bytes } = readBatch(request);
    const checked = check(events, bytes);
    await delivery.deliver(checked);
    const [accepted, rejected] = [checked.messages.length, checked.rejects.length];
    return { status: accepted > 0 ? 202 : 400, headers: {}, body: { accepted, rejected, events: checked.answers } };
  }

  return {
    close: () => delivery.close(),
    collect: (request) =>
      answer(request).catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        return { status: error.status, headers: error.headers, body: { error: error.message } };
      }),
  };
}

function checkRoute({ method, path }: CollectRequest): void {
  if (path !== EVENTS_PATH) throw new Refusal(404, `path must be ${EVENTS_PATH}, got ${path}`);
  if (method !== 'POST') throw new Refusal(405, `method must be POST, got ${method}`, { allow: 'POST' });
}
