import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ping } from '../../lambdas/shared/kafka/client.ts';
import { ensureTopics as ensureTopicsOf, type Topic } from '../../lambdas/shared/kafka/topics.ts';
import { freePorts, type Ports } from './broker/ports.ts';
import { isRunningWith, processIdentity, send, terminate } from './process.ts';
import { LOG4J_PROPERTIES, serverProperties } from './broker/settings.ts';

export interface Broker {
  /** `127.0.0.1:<port>` */
  readonly bootstrap: string;
  readonly pid: number;
  /** Path of the broker's log; it begins anew at each start. */
  readonly log: string;
  /** Stops the broker cleanly. Resolves when the process is gone; calling it again does nothing. */
  stop(): Promise<void>;
}

export interface BrokerOptions {
  /** Folder of all local data; the broker keeps its own below, in `kafka/`. */
  readonly dataDir: string;
  /** Folder with the jars of Kafka. */
  readonly jars: string;
  /** Ends the start when aborted; a broker that has started is stopped by `stop()`. */
  readonly signal?: AbortSignal;
}

/** What `kafka/broker.json` remembers. */
interface State {
  readonly ports: Ports;
  /** Absent when the broker was stopped cleanly. */
  readonly running?: { readonly pid: number; readonly owner: string | undefined };
}

const START_TIMEOUT_MS = 60_000;
/** A clean stop takes a quarter of a second; a broker that compacts or recovers may need longer. */
const STOP_GRACE_MS = 20_000;
const LOG_TAIL_LINES = 25;
// Half a gigabyte is enough for one laptop's events. The quick compiler and the serial collector start a third faster (1.0 s, not 1.4 s).
const JVM = ['-Xms128m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Djava.awt.headless=true'];

/**
 * Starts Apache Kafka on free loopback ports and waits until it answers. Topics are kept in `<dataDir>/kafka` from run to run.
 * It is in a process group of its own, so that Ctrl-C in a terminal does not reach it before the caller has stopped its clients.
 *
 * @throws with the end of the broker's log where it does not start
 */
export async function startBroker({ dataDir, jars, signal }: BrokerOptions): Promise<Broker> {
  signal?.throwIfAborted();
  const home = path.resolve(dataDir, 'kafka');
  await mkdir(home, { recursive: true });
  const settings = path.join(home, 'server.properties');
  const last = await readState(home);
  await stopLeftOver(last, settings);

  const ports = await freePorts(last?.ports);
  await writeFile(path.join(home, 'log4j.properties'), LOG4J_PROPERTIES);
  await writeFile(settings, serverProperties(ports));
  const java = { home, log: path.join(home, 'broker.log'), classpath: path.join(path.resolve(jars), '*') };
  if (!existsSync(path.join(home, 'data', 'meta.properties'))) await format(java, settings);

  const child = await launch(java, ['kafka.Kafka', settings]);
  const pid = child.pid;
  if (pid === undefined) throw await startError(java.log, await child.ended);
  // The last resort for a process that ends without stopping it, by an exception for instance.
  const atExit = () => send(pid, 'SIGTERM');
  process.once('exit', atExit);
  await writeState(home, { ports, running: { pid, owner: processIdentity(process.pid) } });

  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= stopOnce());
  async function stopOnce() {
    await terminate(pid!, STOP_GRACE_MS);
    await child.ended;
    process.off('exit', atExit);
    await writeState(home, { ports });
  }

  const bootstrap = `127.0.0.1:${ports.broker}`;
  try {
    await untilReady(bootstrap, child.ended, signal);
  } catch (error) {
    await stop();
    if (signal?.aborted) throw error;
    throw await startError(java.log, (error as Error).message);
  }
  return { bootstrap, pid, log: java.log, stop };
}

/** Creates the topics that are missing. @throws where a topic has fewer partitions than it should */
export function ensureTopics(bootstrap: string, topics: readonly Topic[]): Promise<void> {
  return ensureTopicsOf({ brokers: [bootstrap] }, topics);
}

interface Java {
  readonly home: string;
  readonly log: string;
  readonly classpath: string;
}

/** By `spawn`, as execa types no file descriptor: the child writes its log itself, and goes on to when this process is killed. */
async function launch({ home, log, classpath }: Java, command: string[]) {
  const file = await open(log, 'w');
  try {
    const args = [...JVM, '-Dlog4j.configuration=file:log4j.properties', '-cp', classpath, ...command];
    const child = spawn('java', args, { cwd: home, detached: true, stdio: ['ignore', file.fd, file.fd] });
    const ended = new Promise<string>((resolve) => {
      child.once('error', ({ message }) => resolve(`${message}; is Java installed?`));
      child.once('exit', (code, signal) => resolve(`exit code ${code ?? signal}`));
    });
    return { pid: child.pid, ended };
  } finally {
    await file.close();
  }
}

async function format(java: Java, settings: string): Promise<void> {
  // It may begin with a dash: given as a word of its own it would be taken for an option.
  const clusterId = randomBytes(16).toString('base64url');
  const child = await launch(java, ['kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '-c', settings]);
  const ended = await child.ended;
  if (ended !== 'exit code 0') throw await startError(java.log, `its data folder could not be made (${ended})`);
}

async function untilReady(bootstrap: string, ended: Promise<string>, signal: AbortSignal | undefined): Promise<void> {
  let end: string | undefined;
  void ended.then((how) => (end = how));
  for (const until = Date.now() + START_TIMEOUT_MS; Date.now() < until; await sleep(50)) {
    signal?.throwIfAborted();
    if (end !== undefined) throw new Error(`the process ended with ${end}`);
    if (
      await ping(bootstrap).then(
        () => true,
        () => false,
      )
    )
      return;
  }
  throw new Error(`it did not answer within ${START_TIMEOUT_MS / 1000} s`);
}

/** Stops the broker that a killed run left behind, if there is one. To be called before its data folder is removed. */
export async function stopLeftOverBroker(dataDir: string): Promise<void> {
  const home = path.resolve(dataDir, 'kafka');
  await stopLeftOver(await readState(home), path.join(home, 'server.properties'));
}

/** A run that was killed leaves its broker behind, and the broker holds the data folder's lock. */
async function stopLeftOver(state: State | undefined, settings: string): Promise<void> {
  if (!state?.running || !isRunningWith(state.running.pid, settings)) return;
  const { pid, owner } = state.running;
  if (owner !== undefined && processIdentity(Number.parseInt(owner)) === owner)
    throw new Error(
      `local data must be used by one run at a time, got ${path.dirname(settings)} in use by process ${Number.parseInt(owner)}`,
    );
  await terminate(pid, STOP_GRACE_MS);
}

async function readState(home: string): Promise<State | undefined> {
  try {
    return JSON.parse(await readFile(path.join(home, 'broker.json'), 'utf8')) as State;
  } catch {
    return undefined; // none yet, or a broken one: ports are then chosen anew
  }
}

async function writeState(home: string, state: State): Promise<void> {
  const file = path.join(home, 'broker.json');
  await writeFile(`${file}.new`, JSON.stringify(state));
  await rename(`${file}.new`, file);
}

async function startError(log: string, reason: string): Promise<Error> {
  const lines = (await readFile(log, 'utf8').catch(() => '')).trimEnd().split('\n');
  return new Error(`broker could not be started: ${reason}\nThe end of its log, ${log}:\n${lines.slice(-LOG_TAIL_LINES).join('\n')}`);
}
