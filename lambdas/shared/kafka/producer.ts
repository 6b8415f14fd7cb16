import { CompressionTypes, Partitioners } from 'kafkajs';
import { client, retryOf, type Connection } from './client.ts';

export interface Message {
  /** Never empty: messages without a key are dealt out in turn, and a retry would deal them out anew (duplicates). */
  readonly key: string;
  readonly value: Buffer;
}

export interface TopicMessages {
  readonly topic: string;
  readonly messages: readonly Message[];
}

export interface Producer {
  /** Resolves when all in-sync replicas have the messages. One call at a time; a producer whose call failed must not be used again. */
  send(topics: readonly TopicMessages[]): Promise<void>;
  disconnect(): Promise<void>;
}

/**
 * Bytes a Kafka record adds to its key and value in a batch: length, attributes, timestamp and offset deltas, the two lengths and
 * the header count, each at its longest; and a batch's own header. https://kafka.apache.org/documentation/#recordbatch
 */
export const RECORD_OVERHEAD_BYTES = 80;

const BATCH_HEADER_BYTES = 61;

/** Bytes of a batch of one message with a key and a value of these lengths: what a broker holds against `max.message.bytes`. */
export function batchBytes(keyBytes: number, valueBytes: number): number {
  // Attributes, timestamp and offset deltas and the header count are a byte each.
  const record = 4 + varintBytes(keyBytes) + keyBytes + varintBytes(valueBytes) + valueBytes;
  return BATCH_HEADER_BYTES + varintBytes(record) + record;
}

/** Of a length, which Kafka writes with its sign in the last bit, seven bits a byte. */
function varintBytes(length: number): number {
  return Math.max(1, Math.ceil(Math.log2(length * 2 + 1) / 7));
}

/**
 * A connected idempotent producer, acks from all replicas.
 *
 * Two traps in kafkajs' idempotence, both silent losses. A failed call gives back its sequence numbers although the broker may have
 * stored it: the next batch of the same size is then taken for a repetition, acknowledged and dropped. So a producer is not used
 * again after a failure, and as a second `connect()` keeps the producer id, it takes a new one. Overlapping calls meet the same
 * fault when the first fails and the second goes on, so calls must not overlap.
 */
export async function connectProducer(connection: Connection): Promise<Producer> {
  const producer = client(connection).producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
    retry: retryOf(connection),
  });
  await producer.connect();
  // Between zones traffic is paid by the byte; on a loopback it is free, and gzip costs more time than the rest of the replay.
  const compression = connection.iam || connection.oauth ? CompressionTypes.GZIP : CompressionTypes.None;
  let state: 'ready' | 'sending' | 'failed' = 'ready';
  return {
    async send(topics) {
      if (state !== 'ready') throw new Error(`producer must be ready, got ${state}`);
      const topicMessages = topics
        .filter(({ messages }) => messages.length > 0)
        .map(({ topic, messages }) => ({ topic, messages: messages.map(({ key, value }) => ({ key, value })) }));
      if (topicMessages.length === 0) return;
      state = 'sending';
      try {
        await producer.sendBatch({ topicMessages, acks: -1, compression });
        state = 'ready';
      } catch (error) {
        state = 'failed';
        throw error;
      }
    },
    disconnect: () => producer.disconnect(),
  };
}
