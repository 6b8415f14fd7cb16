import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBroker } from '../../lib/local/broker.ts';
import { KAFKA_JARS, topicCounts } from '../support/broker.ts';
import { millrace, processesNaming } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';

const home = join(temporaryFolder(), 'home');
const EVENT = { ts: 1538352117000, userId: '30', sessionId: 29, page: 'NextSong' };
let collecting: ReturnType<typeof millrace>;
let shown = '';
let url = '';

beforeAll(async () => {
  collecting = millrace(home, 'collect', '--port', '0');
  collecting.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()));
  const until = Date.now() + 25_000;
  while (!url && Date.now() < until) {
    await sleep(50);
    url = /at (http:\/\/127\.0\.0\.1:\d+\/v1\/listening-events)/.exec(shown)?.[1] ?? '';
  }
  expect(url).not.toBe('');
}, 30_000);

afterAll(() => void collecting.kill('SIGKILL'));

const post = (body: BodyInit, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  fetch(url, { method: 'POST', headers, body });

test('the example that it shows works as it is', async () => {
  const line = shown
    .split('\n')
    .find((each) => each.includes('curl '))!
    .trim();
  const { stdout } = await execa('bash', ['-c', line]);
  expect(JSON.parse(stdout)).toMatchObject({ accepted: 1, rejected: 0, events: [{ index: 0, status: 'accepted' }] });
});

test('it answers as the API on AWS does', async () => {
  const partly = await post(JSON.stringify([EVENT, { ...EVENT, ts: null }]));
  expect(partly.status).toBe(202);
  expect(partly.headers.get('content-type')).toBe('application/json');
  expect(await partly.json()).toMatchObject({ accepted: 1, rejected: 1 });
  expect((await post(gzipSync(JSON.stringify([EVENT])), { 'content-type': 'application/gzip' })).status).toBe(202);
  expect((await post('{')).status).toBe(400);
  expect((await post('[]', { 'content-type': 'text/plain' })).status).toBe(415);
  expect((await post('x'.repeat(3_000_000))).status).toBe(413);
  const got = await fetch(url);
  expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
  expect((await fetch(new URL('/', url))).status).toBe(404);
});

test('a run beside it is told to wait', async () => {
  const { exitCode, stderr } = await millrace(home, 'collect', '--port', '0');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('data folder must be used by one run at a time');
});

test('Ctrl-C ends it with the counts; what it took is on the topic, and nothing is left running', async () => {
  collecting.kill('SIGINT');
  const { exitCode, stdout } = await collecting;
  expect(stdout).toContain('3 events accepted, 1 rejected, 5 requests refused: on the topic, for the next `millrace run churn`');
  expect(exitCode).toBe(0);
  expect(processesNaming(home)).toEqual([]);
  const broker = await startBroker({ dataDir: home, jars: KAFKA_JARS });
  try {
    const count = async (topic: string) => (await topicCounts({ brokers: [broker.bootstrap] }, topic)).reduce((sum, each) => sum + each);
    expect([await count('listening-events'), await count('listening-events-rejects')]).toEqual([3, 1]);
  } finally {
    await broker.stop();
  }
});

test('a port that is taken is told in one line', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as { port: number };
  const { exitCode, stderr } = await millrace(home, 'collect', '--port', String(port));
  other.close();
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`--port must be one that is free, got ${port}: EADDRINUSE`);
});
