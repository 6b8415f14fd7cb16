import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectProducer } from '../../lambdas/shared/kafka/producer.ts';
import { ensureTopics, startBroker, type Broker } from '../../lib/local/broker.ts';
import { KAFKA_JARS, topicCounts } from '../support/broker.ts';

let dataDir: string;
const started: Broker[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'millrace broker, '));
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((broker) => broker.stop()));
  await rm(dataDir, { recursive: true });
});

async function start(options: { jars?: string; signal?: AbortSignal } = {}): Promise<Broker> {
  const broker = await startBroker({ dataDir, jars: KAFKA_JARS, ...options });
  started.push(broker);
  return broker;
}

/** A zombie, which has no command line, is not running. */
const isRunning = (pid: number) => existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`).length > 0;
const TOPIC = { name: 'events', partitions: 2, config: {} };

test('topics and what is in them survive a restart, on the same port', async () => {
  const first = await start();
  await ensureTopics(first.bootstrap, [TOPIC]);
  const producer = await connectProducer({ brokers: [first.bootstrap] });
  const messages = Array.from({ length: 50 }, (_, n) => ({ key: `key ${n}`, value: Buffer.from('{}') }));
  await producer.send([{ topic: TOPIC.name, messages }]);
  await producer.disconnect();
  await first.stop();
  await first.stop();
  expect(isRunning(first.pid)).toBe(false);

  const second = await start();
  expect(second.bootstrap).toBe(first.bootstrap);
  const counts = await topicCounts({ brokers: [second.bootstrap] }, TOPIC.name);
  expect(counts.reduce((sum, count) => sum + count)).toBe(50);
  expect(await readFile(second.log, 'utf8')).toContain('Kafka Server started');
});

test('nothing of it can be reached from beyond this machine', async () => {
  const { pid } = await start();
  const tables = await Promise.all(['tcp', 'tcp6'].map((table) => readFile(`/proc/${pid}/net/${table}`, 'utf8').catch(() => '')));
  const ports = Object.values(
    (JSON.parse(await readFile(path.join(dataDir, 'kafka', 'broker.json'), 'utf8')) as { ports: Record<string, number> }).ports,
  );
  const listening = tables
    .flatMap((table) => table.trim().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => state === '0A');
  const ours = listening.map(([, local]) => local!.split(':')).filter(([, port]) => ports.includes(Number.parseInt(port!, 16)));
  expect(ours.length).toBe(2);
  // 127.0.0.1, or the same address as IPv6 writes it
  for (const [address] of ours) expect(address).toMatch(/^(0000000000000000FFFF0000)?0100007F$/);
});

test('another port is taken where the one of the last run is in use', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const home = path.join(dataDir, 'kafka');
  await start().then((broker) => broker.stop());
  await writeFile(path.join(home, 'broker.json'), JSON.stringify({ ports: { broker: port, controller: port } }));
  const { bootstrap } = await start();
  expect(bootstrap).not.toBe(`127.0.0.1:${port}`);
  server.close();
});

test('a broker that a killed run has left behind is stopped first', async () => {
  const script = `import { startBroker } from './lib/local/broker.ts';
    void startBroker({ dataDir: ${JSON.stringify(dataDir)}, jars: ${JSON.stringify(KAFKA_JARS)} }).then(({ pid }) => { console.log(pid); setInterval(() => {}, 1000); });`;
  const run = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output] = (await once(run.stdout, 'data')) as [Buffer];
  const left = Number(String(output));
  run.kill('SIGKILL');
  await once(run, 'exit');
  expect(isRunning(left)).toBe(true);
  const { pid } = await start();
  expect(pid).not.toBe(left);
  expect(isRunning(left)).toBe(false);
});

test('a run that ends by an exception takes its broker with it', async () => {
  const script = `import { startBroker } from './lib/local/broker.ts';
    void startBroker({ dataDir: ${JSON.stringify(dataDir)}, jars: ${JSON.stringify(KAFKA_JARS)} }).then(({ pid }) => { console.log(pid); setTimeout(() => { throw new Error('on purpose'); }, 100); });`;
  const run = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [output] = (await once(run.stdout, 'data')) as [Buffer];
  await once(run, 'exit');
  await expect.poll(() => isRunning(Number(String(output))), { timeout: 10_000 }).toBe(false);
});

test('fails when another run uses the same data', async () => {
  const { pid } = await start();
  await expect(startBroker({ dataDir, jars: KAFKA_JARS })).rejects.toThrow(
    /^local data must be used by one run at a time, got .*kafka in use by process \d+$/,
  );
  expect(isRunning(pid)).toBe(true);
});

test('fails with the end of the log when its data are damaged', async () => {
  await start().then((broker) => broker.stop());
  await writeFile(path.join(dataDir, 'kafka', 'data', 'meta.properties'), 'version=9\n');
  await expect(start()).rejects.toThrow(
    /^broker could not be started: the process ended with exit code 1\nThe end of its log, .*broker\.log:\n[^]*meta\.properties/,
  );
});

test('fails with the end of the log when there is no Kafka', async () => {
  await expect(start({ jars: tmpdir() })).rejects.toThrow(/^broker could not be started: [^]*Could not find or load main class/);
});

test('a start that is aborted leaves no process', async () => {
  const controller = new AbortController();
  const starting = start({ signal: controller.signal });
  const state = path.join(dataDir, 'kafka', 'broker.json');
  await expect.poll(() => existsSync(state), { timeout: 20_000, interval: 5 }).toBe(true);
  const { running } = JSON.parse(await readFile(state, 'utf8')) as { running: { pid: number } };
  controller.abort(new Error('stop'));
  await expect(starting).rejects.toThrow('stop');
  expect(isRunning(running.pid)).toBe(false);
});
