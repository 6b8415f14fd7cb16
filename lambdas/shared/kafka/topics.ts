import { setTimeout as wait } from 'node:timers/promises';
import type { Admin, ITopicMetadata } from 'kafkajs';
import { withAdmin, type Connection } from './client.ts';

export interface Topic {
  readonly name: string;
  readonly partitions: number;
  /** Topic settings by their Kafka names, such as `retention.ms`. */
  readonly config: Readonly<Record<string, string>>;
}

/** How long the brokers may take to agree on who leads a partition, and how often they are asked. */
const LEADER_MS = 30_000;
const LEADER_POLL_MS = 100;
/** What brokers say of partitions that are young, or that move from one broker to another. */
const NO_LEADER_YET = ['LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION', 'UNKNOWN_TOPIC_OR_PARTITION'];

/**
 * Creates the topics that are missing, and returns once each partition has a leader.
 *
 * @throws where an existing topic has fewer partitions than it should: adding some would move keys to other partitions and break
 * the order of each key's messages, so that is a person's decision. More partitions are left as they are.
 */
export async function ensureTopics(connection: Connection, topics: readonly Topic[]): Promise<void> {
  await withAdmin(connection, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const missing = topics.filter(({ name }) => !existing.has(name));
    // One createTopics call of several topics throws when another process has just made one of them and drops that topic's name,
    // and for an empty list it asks the broker all the same: one call a topic returns false for a topic that is there.
    for (const { name, partitions, config } of missing) {
      const configEntries = Object.entries(config).map(([key, value]) => ({ name: key, value }));
      await admin
        .createTopics({ topics: [{ topic: name, numPartitions: partitions, configEntries }], waitForLeaders: false })
        .catch((error: unknown) => Promise.reject(new Error(`topic ${name} could not be made: ${reasonOf(error)}`, { cause: error })));
    }
    const found = await topicsWithLeaders(
      admin,
      topics.map(({ name }) => name),
    );
    for (const { name, partitions } of topics) {
      const actual = found.find((topic) => topic.name === name)?.partitions.length ?? 0;
      if (actual < partitions) throw new Error(`partitions of topic ${name} must be at least ${partitions}, got ${actual}`);
    }
  });
}

/**
 * The topics' metadata, once each partition has a leader. kafkajs would wait for leaders itself, but gives up when the broker that it asks
 * has not heard of a topic that has just been made.
 */
function topicsWithLeaders(admin: Admin, names: string[]): Promise<ITopicMetadata[]> {
  return whenLed(async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: names });
    if (topics.some(({ partitions }) => partitions.some(({ leader }) => leader < 0)))
      throw Object.assign(new Error(`partitions of ${names.join(', ')} must have leaders, got none`), { type: 'LEADER_NOT_AVAILABLE' });
    return topics;
  });
}

/** Where each partition of a topic begins (`low`), and one past where it ends (`high`). */
export async function topicOffsets(connection: Connection, topic: string): Promise<{ partition: number; low: number; high: number }[]> {
  const offsets = await withAdmin(connection, (admin) => whenLed(() => admin.fetchTopicOffsets(topic)));
  return offsets.map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) }));
}

/**
 * Asks again while the brokers do not agree on who leads: metadata may name a leader that has not taken over yet, or leads no longer, and
 * kafkajs' admin then gives up. It reads the metadata anew each time it is asked: its own lasts no millisecond, unlike a producer's.
 *
 * @throws the brokers' last answer where they do not agree within `LEADER_MS`; any other error at once
 */
async function whenLed<Result>(ask: () => Promise<Result>): Promise<Result> {
  const deadline = Date.now() + LEADER_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!NO_LEADER_YET.includes((error as { type?: string }).type ?? '') || Date.now() > deadline) throw error;
    }
    await wait(LEADER_POLL_MS);
  }
}

/** kafkajs throws an aggregate that says only "Topic creation errors"; the reasons are inside. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = 'errors' in error && Array.isArray(error.errors) ? error.errors.map(reasonOf) : [];
  return [error.message, ...inner].join(': ');
}
