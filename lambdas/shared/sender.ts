import type { Message, Producer } from './kafka/producer.ts';
import { Batch } from './batch.ts';

/** Bytes of a request to a broker; below what a broker takes by Kafka's own default. */
export const MAX_BATCH_BYTES = 900_000;
/** Kafka's own `max.message.bytes`. */
export const DEFAULT_MAX_MESSAGE_BYTES = 1_048_588;

/**
 * Sends batches one after the other, each while the next one is gathered: one is on its way and one in the making, and no more is
 * held, so a slow Kafka holds back the reading.
 */
export class Sender {
  /** The producer must not be used again: see `connectProducer`. */
  failed = false;
  private readonly batch: Batch;
  private inFlight: Promise<void> = Promise.resolve();

  constructor(
    private readonly producer: Producer,
    private readonly topics: { readonly topic: string; readonly rejectsTopic: string },
    maxBatchBytes: number,
  ) {
    this.batch = new Batch(maxBatchBytes);
  }

  hasRoomFor(message: Message): boolean {
    return this.batch.hasRoomFor(message);
  }

  add(message: Message, to: 'messages' | 'rejects'): void {
    this.batch.add(message, to);
  }

  /** Resolves when the batch before is acknowledged and this one is on its way. */
  async flush(): Promise<void> {
    await this.inFlight;
    const { messages, rejects } = this.batch.take();
    const { topic, rejectsTopic } = this.topics;
    this.inFlight = this.send([
      { topic, messages },
      { topic: rejectsTopic, messages: rejects },
    ]);
    this.inFlight.catch(() => {}); // settle() throws it; until then it must not count as unhandled
  }

  /** Resolves when everything flushed is acknowledged. */
  settle(): Promise<void> {
    return this.inFlight;
  }

  private async send(topics: Parameters<Producer['send']>[0]): Promise<void> {
    try {
      await this.producer.send(topics);
    } catch (error) {
      this.failed = true;
      throw error;
    }
  }
}
