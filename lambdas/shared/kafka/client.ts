import { generateAuthToken } from 'aws-msk-iam-sasl-signer-js';
import { Kafka, logLevel, type Admin, type KafkaConfig, type LogEntry, type RetryOptions } from 'kafkajs';

/** This folder alone knows kafkajs. What is written in it about kafkajs was read in the source of 2.2.4 or met in a test. */

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

/** About 30 s in all: kafkajs' own default for idempotent producers is to try for ever, and to say nothing of it. */
const RETRY = { retries: 8, initialRetryTime: 200, factor: 0.2, multiplier: 2, maxRetryTime: 6_000 } satisfies RetryOptions;

/** A client as all parts of Millrace want it: its login, its patience, its log. */
export function client(connection: Connection): Kafka {
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

export function retryOf({ retries = RETRY.retries }: Connection): RetryOptions {
  return { ...RETRY, retries };
}

/** Does the work with an admin of its own, connected before and disconnected after it. */
export async function withAdmin<Result>(connection: Connection, work: (admin: Admin) => Promise<Result>): Promise<Result> {
  const admin = client(connection).admin({ retry: retryOf(connection) });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
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

function securityOf({ iam, oauth = iam && { token: () => iamToken(iam.region) } }: Connection): Partial<KafkaConfig> {
  if (!oauth) return {};
  const { token, ca, renewBeforeMs = 10_000 } = oauth;
  return {
    reauthenticationThreshold: renewBeforeMs,
    ssl: ca ? { ca } : true,
    sasl: { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: await token() }) },
  };
}

/** A token that MSK takes: a signed URL of its action `Connect`, with the caller's AWS credentials. */
export async function iamToken(region: string): Promise<string> {
  return (await generateAuthToken({ region })).token;
}

/** At every start: a warning of limited retries (what they endanger is dealt with in `connectProducer`), and the first try of a young broker. */
function isNoise({ log }: LogEntry): boolean {
  return (
    log.message.startsWith('Limiting retries for the idempotent producer') ||
    /coordinator is loading|does not host this topic-partition/.test(String(log.error))
  );
}
