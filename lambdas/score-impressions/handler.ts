import type { MSKEvent, MSKRecord } from 'aws-lambda';
import { Batch } from '../shared/batch.ts';
import type { Producer } from '../shared/kafka/producer.ts';
import { MAX_BATCH_BYTES } from '../shared/sender.ts';
import { answer } from './answer.ts';
import type { Models } from './models.ts';

export interface Dependencies {
  readonly models: Pick<Models, 'current'>;
  /** Takes the predictions. */
  readonly topic: string;
  /** Takes the records that cannot be scored, each with its reason. */
  readonly rejectsTopic: string;
  readonly connect: () => Promise<Producer>;
  /** Is told why records have to be tried again. */
  readonly onFailure: (reason: unknown) => void;
  readonly now?: () => number;
}

/** What an event source of Kafka is told: https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html */
export interface KafkaBatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: { readonly partition: string; readonly offset: number } }[];
}

export interface Scorer {
  /**
   * Scores records; what it does not name as failed is acknowledged by Kafka.
   *
   * @throws Error where nothing was acknowledged: the whole batch is to be tried again, which holds for event sources that hear of no single records, too
   */
  readonly score: (event: Pick<MSKEvent, 'records'>) => Promise<KafkaBatchResponse>;
  /** Closes the connection; a later call opens a new one. */
  readonly close: () => Promise<void>;
}

/**
 * Makes the scoring of impressions as they come. What is sent twice, because a call failed or was repeated, has the same key. It keeps one
 * connection from call to call, and makes a new one after a failure.
 */
export function makeHandler({ models, topic, rejectsTopic, connect, onFailure, now = Date.now }: Dependencies): Scorer {
  let producer: Promise<Producer> | undefined;

  async function close(): Promise<void> {
    const closing = producer;
    producer = undefined;
    await (await closing)?.disconnect();
  }

  async function send({ messages, rejects }: ReturnType<Batch['take']>): Promise<void> {
    producer ??= connect();
    try {
      const topics = [
        { topic, messages },
        { topic: rejectsTopic, messages: rejects },
      ];
      await (await producer).send(topics);
    } catch (error) {
      // One whose call failed must not be used again: see `connectProducer`.
      await close().catch(() => {});
      throw error;
    }
  }

  return {
    close,
    async score(event) {
      const records = Object.values(event.records).flat();
      const model = await models.current();
      const predictedAt = now();
      const batch = new Batch(MAX_BATCH_BYTES);
      let acknowledged = 0;
      try {
        for (const [at, record] of records.entries()) {
          const answered = answer(record, model, predictedAt);
          if (!answered) continue;
          if (!batch.hasRoomFor(answered.message)) {
            await send(batch.take());
            acknowledged = at;
          }
          batch.add(answered.message, answered.to);
        }
        await send(batch.take());
        return { batchItemFailures: [] };
      } catch (error) {
        if (acknowledged === 0) throw error;
        onFailure(error);
        return { batchItemFailures: records.slice(acknowledged).map(failure) };
      }
    },
  };
}

function failure({ topic, partition, offset }: MSKRecord): KafkaBatchResponse['batchItemFailures'][number] {
  return { itemIdentifier: { partition: `${topic}-${partition}`, offset } };
}
