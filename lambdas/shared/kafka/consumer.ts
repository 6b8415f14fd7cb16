import { randomUUID } from 'node:crypto';
import { client, retryOf, type Connection } from './client.ts';

/** How long the broker may wait for the first message of a fetch. */
const WAIT_MS = 250;

export interface Received {
  readonly key: string;
  readonly value: Buffer;
}

/**
 * Reads what comes to a topic from now on, all of it by itself. Resolves when nothing that is sent later can be missed.
 * @param onFailure Called where it cannot go on
 * @returns what ends it
 */
export async function follow(
  connection: Connection,
  topic: string,
  onMessage: (message: Received) => void,
  onFailure: (error: Error) => void,
): Promise<() => Promise<void>> {
  // A group of its own, of which nobody keeps how far it is.
  const consumer = client(connection).consumer({
    groupId: `millrace-${randomUUID()}`,
    maxWaitTimeInMs: WAIT_MS,
    retry: retryOf(connection),
  });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: false });
    // Where the topic ends is asked at the first fetch: once that is done, it is known.
    const following = new Promise<void>((resolve) => consumer.on(consumer.events.FETCH, () => resolve()));
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) onFailure(payload.error);
    });
    await consumer.run({
      autoCommit: false,
      eachMessage: ({ message }) => {
        onMessage({ key: String(message.key), value: message.value ?? Buffer.alloc(0) });
        return Promise.resolve();
      },
    });
    await following;
  } catch (error) {
    await consumer.disconnect();
    throw error;
  }
  return () => consumer.disconnect();
}
