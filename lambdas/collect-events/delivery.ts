import { setTimeout as sleep } from 'node:timers/promises';
import type { Producer } from '../shared/kafka/producer.ts';
import { Sender } from '../shared/sender.ts';
import type { CheckedBatch } from './batch-check.ts';
import { Refusal } from './refusal.ts';

export interface DeliveryOptions {
  readonly topic: string;
  readonly rejectsTopic: string;
  readonly connect: () => Promise<Producer>;
  /** Bytes of a request to Kafka at most. */
  readonly maxBatchBytes: number;
  /** After so long a batch counts as not delivered, ms. */
  readonly deadlineMs: number;
  /** Batches that may wait for the one before. */
  readonly maxWaiting: number;
  /** Is told why a batch could not be delivered. */
  readonly onFailure: (reason: unknown) => void;
}

/** With less time left a batch is not begun. */
const LEAST_MS = 50;
/** Seconds after which a refused caller may try again. */
const BUSY_RETRY_SECONDS = 1;
const UNAVAILABLE_RETRY_SECONDS = 5;

/** Brings batches to Kafka, one after the other over one connection. A connection that failed or hangs is replaced. */
export class Delivery {
  private producer: Promise<Producer> | undefined;
  private last: Promise<void> = Promise.resolve();
  private waiting = 0;

  constructor(private readonly options: DeliveryOptions) {}

  /**
   * Resolves when Kafka has acknowledged all of it.
   * @throws Refusal: 429 when too much is waiting; 503 when Kafka does not acknowledge, though it may have some of it by then
   */
  async deliver(batch: Pick<CheckedBatch, 'messages' | 'rejects'>): Promise<void> {
    const { deadlineMs, maxWaiting, onFailure } = this.options;
    if (this.waiting > maxWaiting) throw refusal(429, `batches waiting must be at most ${maxWaiting}, got more`, BUSY_RETRY_SECONDS);
    this.waiting++;
    const until = performance.now() + deadlineMs;
    const delivered = this.last.then(() => this.sendWithin(until - performance.now(), batch));
    this.last = delivered.catch(() => {});
    try {
      await delivered;
    } catch (reason) {
      onFailure(reason);
      throw refusal(503, 'Kafka must acknowledge the events, got none in time: send the batch again', UNAVAILABLE_RETRY_SECONDS);
    } finally {
      this.waiting--;
    }
  }

  /** Closes the connection; a later delivery opens a new one. */
  async close(): Promise<void> {
    await this.last;
    const closing = this.producer;
    this.producer = undefined;
    await (await closing)?.disconnect();
  }

  private async sendWithin(ms: number, batch: Pick<CheckedBatch, 'messages' | 'rejects'>): Promise<void> {
    if (ms < LEAST_MS) throw new Error('Kafka must acknowledge the batches before, got none in time');
    const producer = (this.producer ??= this.options.connect());
    const answered = new AbortController();
    try {
      await Promise.race([this.send(producer, batch), expiry(ms, answered.signal)]);
    } catch (error) {
      // One that hangs or failed must not be used again: see `connectProducer`. Not awaited, as what hangs may hang here, too.
      this.producer = undefined;
      void producer.then((connected) => connected.disconnect()).catch(() => {});
      throw error;
    } finally {
      answered.abort();
    }
  }

  private async send(producer: Promise<Producer>, { messages, rejects }: Pick<CheckedBatch, 'messages' | 'rejects'>): Promise<void> {
    const sender = new Sender(await producer, this.options, this.options.maxBatchBytes);
    const all = [
      ...messages.map((message) => ({ message, to: 'messages' as const })),
      ...rejects.map((message) => ({ message, to: 'rejects' as const })),
    ];
    for (const { message, to } of all) {
      if (!sender.hasRoomFor(message)) await sender.flush();
      sender.add(message, to);
    }
    await sender.flush();
    await sender.settle();
  }
}

async function expiry(ms: number, answered: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: answered }).catch(() => {});
  if (!answered.aborted) throw new Error(`Kafka must acknowledge within ${Math.round(ms)} ms, got nothing`);
}

function refusal(status: number, message: string, retrySeconds: number): Refusal {
  return new Refusal(status, message, { 'retry-after': String(retrySeconds) });
}
