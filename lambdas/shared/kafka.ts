import { setTimeout as wait } from 'node:timers/promises';
import { generateAuthToken } from 'aws-msk-iam-sasl-signer-js';
import {
  CompressionTypes,
  Kafka,
  logLevel,
  Partitioners,
  type Admin,
  type ITopicMetadata,
  type KafkaConfig,
  type LogEntry,
  type RetryOptions,
} from 'kafkajs';

/** The one module that knows kafkajs. What is written here about it was read in the source of 2.2.4 or met in a test. */

export interface Connection {
  /** `host:port` of the bootstrap brokers. */
  readonly brokers: readonly string[];
  /** IAM over TLS, as MSK asks for it. @default - plaintext */
  readonly iam?: { readonly region: string };
  /** Another login by token over TLS. @default - as `iam` says */
  readonly oauth?: OAuth;
  /** How often a call is tried again, with growing pauses: 4 times take 3 s. @default 8: about 30 s */
  readonly retries?: number;
  /** Where kafkajs' warnings go, one JSON object a line. @default - standard error */
  readonly log?: (line: string) => void;
}

/** A login by token: OAUTHBEARER over TLS. */
export interface OAuth {
  /** Makes a token; asked at each login, and again before a login ends. */
  readonly token: () => Promise<string>;
  /** Certificate of who signed the brokers', PEM. @default - authorities that Node trusts */
  readonly ca?: string;
  /**
   * Milliseconds before the end of a login at which the next one is due. Logins must last a second longer than that: a broker refuses
   * one that comes sooner after another. @default 10000; MSK's last 15 minutes
   */
  readonly renewBeforeMs?: number;
}

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

export interface Topic {
  readonly name: string;
  readonly partitions: number;
  /** Topic settings by their Kafka names, such as `retention.ms`. */
  readonly config: Readonly<Record<string, string>>;
}

/**
 * Bytes a Kafka record adds to its key and value in a batch: length, attributes, timestamp and offset deltas, the two lengths and
 * the header count, each at its longest; and a batch's own header. https://kafka.apache.org/documentation/#recordbatch
 */
export const RECORD_OVERHEAD_BYTES = 70;

/** How long a new topic may take to have leaders, and how often it is asked for. */
const LEADER_MS = 30_000;
const LEADER_POLL_MS = 100;
/** What brokers say of a topic that not all of them have heard of. */
const YOUNG_TOPIC = ['LEADER_NOT_AVAILABLE', 'UNKNOWN_TOPIC_OR_PARTITION'];

/** About 30 s in all: kafkajs' own default for idempotent producers is to try for ever, and to say nothing of it. */
const RETRY = { retries: 8, initialRetryTime: 200, factor: 0.2, multiplier: 2, maxRetryTime: 6_000 } satisfies RetryOptions;

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
 * Waits until each partition of the topics has a leader. kafkajs would wait for leaders itself, but gives up when the broker that it asks
 * has not heard of a topic that has just been made.
 */
async function topicsWithLeaders(admin: Admin, names: string[]): Promise<ITopicMetadata[]> {
  const deadline = Date.now() + LEADER_MS;
  for (;;) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: names });
      if (topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))) return topics;
      if (Date.now() > deadline) throw new Error(`partitions of ${names.join(', ')} must have leaders, got none within ${LEADER_MS} ms`);
    } catch (error) {
      if (!YOUNG_TOPIC.includes((error as { type?: string }).type ?? '') || Date.now() > deadline) throw error;
    }
    await wait(LEADER_POLL_MS);
  }
}

/** Messages a topic's partitions hold: end offset less start offset, by partition number. */
export async function topicCounts(connection: Connection, topic: string): Promise<number[]> {
  const counts: number[] = [];
  for (const { partition, high, low } of await topicOffsets(connection, topic)) counts[partition] = high - low;
  return counts;
}

/** Where each partition of a topic begins (`low`), and one past where it ends (`high`). */
export async function topicOffsets(connection: Connection, topic: string): Promise<{ partition: number; low: number; high: number }[]> {
  const offsets = await withAdmin(connection, (admin) => admin.fetchTopicOffsets(topic));
  return offsets.map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) }));
}

/** Fails, without retries or log lines, when no broker answers. */
export async function ping(bootstrap: string): Promise<void> {
  const admin = new Kafka({
    brokers: [bootstrap],
    logLevel: logLevel.NOTHING,
    retry: { ...RETRY, retries: 0 },
    requestTimeout: 5_000,
  }).admin();
  try {
    await admin.connect();
    await admin.describeCluster();
  } finally {
    await admin.disconnect();
  }
}

async function withAdmin<Result>(connection: Connection, work: (admin: Admin) => Promise<Result>): Promise<Result> {
  const admin = client(connection).admin({ retry: retryOf(connection) });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** A token that MSK takes: a signed URL of its action `Connect`, with the caller's AWS credentials. */
export async function iamToken(region: string): Promise<string> {
  return (await generateAuthToken({ region })).token;
}

function securityOf({ iam, oauth = iam && { token: () => iamToken(iam.region) } }: Connection): Partial<KafkaConfig> {
  if (!oauth) return {};
  const { token, ca, renewBeforeMs = 10_000 } = oauth;
  return {
    reauthenticationThreshold: renewBeforeMs,
    ssl: ca ? { ca } : true,
    sasl: { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: await token() }) },
  };
}

function retryOf({ retries = RETRY.retries }: Connection): RetryOptions {
  return { ...RETRY, retries };
}

function client(connection: Connection): Kafka {
  const { brokers, log = (line) => process.stderr.write(`${line}\n`) } = connection;
  return new Kafka({
    ...securityOf(connection),
    clientId: 'millrace',
    brokers: [...brokers],
    // Every part of it is set: kafkajs takes other defaults when NODE_ENV is "test", so a test would not test what runs.
    retry: retryOf(connection),
    connectionTimeout: 5_000,
    requestTimeout: 30_000,
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => {
      if (!isNoise(entry)) log(JSON.stringify({ level: entry.label, ...entry.log }));
    },
  });
}

/** At every start: a warning of limited retries (what they endanger is dealt with in `connectProducer`), and the first try of a young broker. */
function isNoise({ log }: LogEntry): boolean {
  return log.message.startsWith('Limiting retries for the idempotent producer') || /coordinator is loading/.test(String(log.error));
}

/** kafkajs throws an aggregate that says only "Topic creation errors"; the reasons are inside. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = 'errors' in error && Array.isArray(error.errors) ? error.errors.map(reasonOf) : [];
  return [error.message, ...inner].join(': ');
}
