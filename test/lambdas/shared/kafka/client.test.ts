import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { iamToken, ping, type Connection } from '../../../../lambdas/shared/kafka/client.ts';
import { connectProducer } from '../../../../lambdas/shared/kafka/producer.ts';
import { ensureTopics } from '../../../../lambdas/shared/kafka/topics.ts';
import { topicCounts } from '../../../support/broker.ts';
import { secureBroker } from '../../../support/secure-broker.ts';

/** Shorter than a login of MSK, so that the end of one can be waited for. */
const LOGIN_MS = 1_500;
const RENEW_BEFORE_MS = 300;
const broker = await secureBroker({ maxReauthMs: LOGIN_MS });
const plain: Connection = { brokers: [broker.bootstrap] };
await ensureTopics(plain, [{ name: 'secured', partitions: 2, config: {} }]);

let tokens = 0;
/** An unsigned JSON web token, as Kafka's own validator takes it. */
function unsignedToken(seconds: number): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ sub: 'millrace', iat: now, exp: now + seconds })}.`;
}
const token = () => {
  tokens++;
  return Promise.resolve(unsignedToken(60));
};
const secured = (oauth: Connection['oauth'], log: (line: string) => unknown = () => {}): Connection => ({
  brokers: [broker.secure],
  oauth: oauth!,
  retries: 1,
  log: (line) => void log(line),
});
const message = (n: number) => ({ key: `key ${n}`, value: Buffer.from(String(n)) });
const arrived = async () => (await topicCounts(plain, 'secured')).reduce((sum, count) => sum + count);

beforeEach(() => (tokens = 0));

test('a producer logs in by token over TLS, and what it sends arrives', async () => {
  const before = await arrived();
  const producer = await connectProducer(secured({ token, ca: broker.ca, renewBeforeMs: RENEW_BEFORE_MS }));
  await producer.send([{ topic: 'secured', messages: [message(1), message(2)] }]);
  await producer.disconnect();
  expect((await arrived()) - before).toBe(2);
  expect(tokens).toBeGreaterThan(0);
});

test('a session outlives its login: it logs in again, and nothing is lost or doubled', async () => {
  const before = await arrived();
  const log: string[] = [];
  const producer = await connectProducer(secured({ token, ca: broker.ca, renewBeforeMs: RENEW_BEFORE_MS }, (line) => log.push(line)));
  const sends = 10;
  for (let n = 0; n < sends; n++) {
    await producer.send([{ topic: 'secured', messages: [message(n), message(n + 100)] }]);
    await sleep(LOGIN_MS / 4);
  }
  await producer.disconnect();
  expect((await arrived()) - before).toBe(2 * sends);
  // Two logins have ended meanwhile, and on the same connection: a broken one would have been told.
  expect(tokens).toBeGreaterThanOrEqual(3);
  expect(log).toEqual([]);
});

test('a session that slept through the end of its login, as a frozen Lambda does, goes on', async () => {
  const before = await arrived();
  const producer = await connectProducer(secured({ token, ca: broker.ca, renewBeforeMs: RENEW_BEFORE_MS }));
  await producer.send([{ topic: 'secured', messages: [message(1)] }]);
  const tokensBefore = tokens;
  await sleep(LOGIN_MS + 500);
  await producer.send([{ topic: 'secured', messages: [message(2)] }]);
  await producer.disconnect();
  expect((await arrived()) - before).toBe(2);
  expect(tokens).toBeGreaterThan(tokensBefore);
});

test('fails when the broker does not take the token', async () => {
  const connecting = connectProducer(secured({ token: () => Promise.resolve('no token'), ca: broker.ca }));
  await expect(connecting).rejects.toThrow(/SASL OAUTHBEARER authentication failed/i);
});

test('fails when nobody trusted has signed the certificate of the broker', async () => {
  await expect(connectProducer(secured({ token }))).rejects.toThrow(/self-signed certificate/);
});

test('fails, without retrying, when no broker answers', async () => {
  await expect(ping('127.0.0.1:9')).rejects.toThrow(/ECONNREFUSED/);
});

describe('the token for MSK', () => {
  beforeEach(() => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAIOSFODNN7EXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'a secret of nobody');
    vi.stubEnv('AWS_SESSION_TOKEN', 'a session of nobody');
  });
  afterEach(() => vi.unstubAllEnvs());

  test('is a signed URL of the action Connect, in base64 that is safe in URLs', async () => {
    const made = await iamToken('eu-central-1');
    expect(made).toMatch(/^[\w-]+$/);
    const url = new URL(Buffer.from(made, 'base64url').toString());
    expect(url.protocol).toBe('https:');
    expect(url.host).toBe('kafka.eu-central-1.amazonaws.com');
    const parameters = Object.fromEntries(url.searchParams);
    expect(parameters).toMatchObject({
      Action: 'kafka-cluster:Connect',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Expires': '900',
      'X-Amz-Security-Token': 'a session of nobody',
      'X-Amz-SignedHeaders': 'host',
    });
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
    expect(parameters['X-Amz-Credential']).toBe(`AKIAIOSFODNN7EXAMPLE/${day}/eu-central-1/kafka-cluster/aws4_request`);
    expect(parameters['X-Amz-Signature']).toMatch(/^[0-9a-f]{64}$/);
    expect(parameters['User-Agent']).toMatch(/^aws-msk-iam-sasl-signer-js\//);
  });

  test('holds no secret', async () => {
    expect(Buffer.from(await iamToken('eu-central-1'), 'base64url').toString()).not.toMatch(/a(\+|%20)secret/);
  });
});
