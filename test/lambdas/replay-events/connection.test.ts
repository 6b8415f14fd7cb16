import { expect, test } from 'vitest';
import { makeHandler } from '../../../lambdas/replay-events/handler.ts';
import { listeningEvents } from '../../../lambdas/shared/listening-events.ts';
import type { OpenSource } from '../../../lambdas/shared/sources.ts';
import type { Producer } from '../../../lambdas/shared/kafka/producer.ts';

const EVENT = JSON.stringify({ ts: 1538352117000, userId: '30', sessionId: 29, page: 'NextSong' });

/** A source of `chunks` chunks of a thousand events; it fails after them when told to. */
function source(chunks: number, failure?: Error): OpenSource {
  async function* read() {
    for (let n = 0; n < chunks; n++) yield Promise.resolve(Buffer.from(`${EVENT}\n`.repeat(1000)));
    if (failure) throw failure;
  }
  return () => Promise.resolve({ id: 'source', bytes: 0, read });
}

/** Producers that fail in the given sends (counted over all of them), and refuse, as the real one does, to be used after that or twice at once. */
function kafka({ failingSends = [] as number[], failingConnects = [] as number[] } = {}) {
  const seen = { connects: 0, sends: 0, messages: 0, disconnects: 0 };
  const connect = async (): Promise<Producer> => {
    if (failingConnects.includes(++seen.connects)) throw new Error('no connection');
    let usable = true;
    return Promise.resolve({
      async send(topics) {
        if (!usable) throw new Error('not usable');
        usable = false;
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (failingSends.includes(++seen.sends)) throw new Error('no acknowledgement');
        seen.messages += topics.reduce((sum, { messages }) => sum + messages.length, 0);
        usable = true;
      },
      disconnect: () => Promise.resolve(void seen.disconnects++),
    });
  };
  return { seen, connect };
}

const handlerOf = (open: OpenSource, connect: () => Promise<Producer>) =>
  makeHandler({ target: listeningEvents, topic: 'events', rejectsTopic: 'rejects', connect, open });

test('one connection serves all calls, until it is closed', async () => {
  const { seen, connect } = kafka();
  const { replay, close } = handlerOf(source(3), connect);
  await replay({ location: '' });
  await replay({ location: '' });
  expect(seen).toMatchObject({ connects: 1, disconnects: 0, messages: 6000 });
  await close();
  await close();
  await replay({ location: '' });
  expect(seen).toMatchObject({ connects: 2, disconnects: 1, messages: 9000 });
});

test('a failed connect is not kept', async () => {
  const { seen, connect } = kafka({ failingConnects: [1] });
  const { replay } = handlerOf(source(1), connect);
  await expect(replay({ location: '' })).rejects.toThrow('no connection');
  expect(await replay({ location: '' })).toMatchObject({ produced: 1000, done: true });
  expect(seen.connects).toBe(2);
});

test.each([1, 2, 6])('a connection whose send %d failed is closed, and the next call has a new one', async (failing) => {
  const { seen, connect } = kafka({ failingSends: [failing] });
  const { replay } = handlerOf(source(6), connect);
  await expect(replay({ location: '' })).rejects.toThrow('no acknowledgement');
  expect(seen).toMatchObject({ connects: 1, disconnects: 1, messages: (failing - 1) * 1000 });
  expect(await replay({ location: '' })).toMatchObject({ produced: 6000, done: true });
  expect(seen.connects).toBe(2);
});

test('a source that fails while it is read fails the call after what was on its way has arrived, and the connection is kept', async () => {
  const { seen, connect } = kafka();
  let open = source(3, new Error('connection reset'));
  const { replay } = handlerOf((...args) => open(...args), connect);
  await expect(replay({ location: '' })).rejects.toThrow('connection reset');
  open = source(1);
  expect(await replay({ location: '' })).toMatchObject({ produced: 1000 });
  expect(seen).toMatchObject({ connects: 1, disconnects: 0 });
});

test('reading waits for Kafka: no more than a few batches are held', async () => {
  const { seen, connect } = kafka();
  let given = 0;
  let mostHeld = 0;
  async function* read() {
    for (; given < 50; given++) {
      mostHeld = Math.max(mostHeld, given * 1000 - seen.messages);
      yield Promise.resolve(Buffer.from(`${EVENT}\n`.repeat(1000)));
    }
  }
  await handlerOf(() => Promise.resolve({ id: 'source', bytes: 0, read }), connect).replay({ location: '' });
  expect(seen.messages).toBe(50_000);
  expect(mostHeld).toBeLessThanOrEqual(3000);
});
