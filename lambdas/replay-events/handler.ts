import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { z } from 'zod';
import type { Producer } from '../shared/kafka/producer.ts';
import { checker, JSON_RECORDS, rejectMessage, type Checked, type RawTarget, type Target } from '../shared/messages.ts';
import { Pace, wait } from './pace.ts';
import { type RawRecord, type RejectKind } from '../shared/row-checker.ts';
import { DEFAULT_MAX_MESSAGE_BYTES, MAX_BATCH_BYTES, Sender } from '../shared/sender.ts';
import { InputError, type OpenSource } from '../shared/sources.ts';
import { Tally } from './tally.ts';

export interface Dependencies<Shape extends z.ZodRawShape> {
  readonly target: Target<Shape> | RawTarget;
  readonly topic: string;
  readonly rejectsTopic: string;
  readonly connect: () => Promise<Producer>;
  readonly open: OpenSource;
  /** Whether a row is sent; another is passed over, and not counted as read. @default - all are */
  readonly select?: (row: z.infer<z.ZodObject<Shape>>) => boolean;
  /** Keeps a record whole that is too large to be sent, and says where. @default - its beginning is in the reject, and no more */
  readonly keepAside?: (record: RawRecord, name: string) => Promise<string>;
  /** The topics' `max.message.bytes`. @default 1048588, Kafka's own */
  readonly maxMessageBytes?: number;
}

export interface ReplayRequest {
  /** What `open` takes: a file, or `s3://bucket/key`. */
  readonly location: string;
  /** Record to start from: the `next` of the result before. @default 1 */
  readonly start?: number;
  /** The `source` of the result before: fails when the content is another by now, as `start` means nothing there. @default - not checked */
  readonly source?: string;
  /** Events per second. @default 0: as fast as possible */
  readonly rate?: number;
}

export interface ReplayContext {
  /** Milliseconds left, as of a Lambda's context. @default - no limit */
  readonly remainingMs?: () => number;
  /** Stops the replay as an approaching deadline does. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** Counts of this call; bytes of the source as it is stored, so packed ones where it is packed. */
export interface Progress {
  readonly read: number;
  readonly produced: number;
  readonly rejected: number;
  readonly bytes: number;
  readonly totalBytes: number;
}

/** What one call did. `read` is `produced` and `rejected` together. */
export interface ReplayResult extends Progress {
  /** Id of the source: the first part of every event id. */
  readonly source: string;
  /** The first 20 rejects; all of them are in the rejects topic. */
  readonly rejects: readonly { readonly line: number; readonly reason: string }[];
  readonly rejectKinds: Readonly<Partial<Record<RejectKind, number>>>;
  /** How often there were fields that the contract does not know, by name, of the first 20 names. They were dropped. */
  readonly unknownFields: Readonly<Record<string, number>>;
  /** The source could not be read to its end, as the last reject says. */
  readonly truncated: boolean;
  /** False when it was stopped before the end. */
  readonly done: boolean;
  /** Record to go on from: everything before it has been acknowledged by Kafka. */
  readonly next: number;
}

export interface Replayer {
  /** Replays an object of events; one at a time. @throws InputError where the request or the object cannot be used */
  readonly replay: (request: ReplayRequest, context?: ReplayContext) => Promise<ReplayResult>;
  /** Closes the connection; a later replay opens a new one. */
  readonly close: () => Promise<void>;
}

/** Time kept for sending what has been read, and for answering. */
const MARGIN_MS = 10_000;

/**
 * Makes the replay of objects of events into Kafka. It keeps one connection from call to call, and makes a new one after a failure.
 * What is sent twice, because a call failed or was repeated, has the same event ids.
 */
export function makeHandler<Shape extends z.ZodRawShape>(dependencies: Dependencies<Shape>): Replayer {
  const { target, connect, open, select, keepAside, maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES } = dependencies;
  const { records: recordsOf } = target.format ?? JSON_RECORDS;
  const check = checker(target, maxMessageBytes);
  let producer: Promise<Producer> | undefined;

  async function close(): Promise<void> {
    const closing = producer;
    producer = undefined;
    await (await closing)?.disconnect();
  }

  return {
    close,
    async replay(request, context = {}) {
      const { start = 1, rate = 0 } = request;
      const { remainingMs = () => Infinity, signal, onProgress } = context;
      if (!Number.isSafeInteger(start) || start < 1) throw new InputError(`start must be a whole number from 1, got ${start}`);
      if (!(rate >= 0 && rate < Infinity)) throw new InputError(`rate must be 0 or a number of events a second, got ${rate}`);
      if (remainingMs() < MARGIN_MS) throw new Error(`time left must be at least ${MARGIN_MS} ms, got ${remainingMs()}`);
      const source = await open(request.location, signal);
      if ((request.source ?? source.id) !== source.id) throw new InputError(`source must be ${request.source} as before, got ${source.id}`);

      producer ??= connect().catch((error: unknown) => {
        producer = undefined;
        throw error;
      });
      const sender = new Sender(await producer, dependencies, Math.min(MAX_BATCH_BYTES, maxMessageBytes));
      let next = start;
      const pace = new Pace(rate);
      const tally = new Tally();
      // A deadline counts only when a record has been dealt with: calls that get nowhere would be repeated for ever.
      const mustStop = () => signal?.aborted === true || (next > start && remainingMs() < MARGIN_MS);
      const progress = (): Progress => ({ ...tally.counts(), bytes, totalBytes: source.bytes });
      let bytes = 0;
      let done = false;

      async function* counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
        for await (const chunk of chunks) {
          bytes += chunk.length;
          yield chunk;
        }
      }

      async function hold(ms: number): Promise<void> {
        await sender.flush();
        onProgress?.(progress());
        await wait(Math.min(ms, remainingMs() - MARGIN_MS), signal);
      }

      async function kept(checked: Checked<z.infer<z.ZodObject<Shape>>>, record: RawRecord): Promise<typeof checked> {
        if (checked.ok || checked.kind !== 'too large') return checked;
        const place = await keepAside?.(record, `${source.id}-${record.line}`);
        await discard(record);
        return place === undefined ? checked : { ...checked, reason: `${checked.reason}; kept whole as ${place}` };
      }

      async function read(): Promise<void> {
        for await (const records of recordsOf(counted(source.read()))) {
          for (const record of records) {
            if (record.line < start) {
              await discard(record);
              continue;
            }
            const early = pace.early(tally.read);
            if (early > 0) await hold(early);
            if (early > 0 && mustStop()) return;
            const checked = await kept(check(record, source.id), record);
            next = record.line + 1;
            if (checked.ok && select?.(checked.row) === false) continue;
            const message = checked.ok ? checked.message : rejectMessage(source.id, record, checked.reason);
            if (!sender.hasRoomFor(message)) {
              await sender.flush();
              onProgress?.(progress());
            }
            sender.add(message, checked.ok ? 'messages' : 'rejects');
            tally.add(record, checked);
          }
          if (mustStop()) return;
        }
        done = true;
      }

      try {
        await read();
        await sender.flush();
        await sender.settle();
      } catch (error) {
        await sender.settle().catch(() => {}); // a batch may still be on its way when the reading fails
        if (sender.failed) await close().catch(() => {});
        throw error;
      }
      onProgress?.(progress());
      return { source: source.id, ...progress(), ...tally.details(), done, next };
    },
  };
}

/** Removes what was written to a file because it is too long to be held. */
async function discard({ whole }: RawRecord): Promise<void> {
  if (whole !== undefined) await rm(dirname(whole), { recursive: true, force: true });
}
