import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import getPort from 'get-port';
import pg from 'pg';

const ROOT = path.resolve(import.meta.dirname, '../..');
const START_DEADLINE_MS = 30_000;

export interface TestPostgresql {
  /** Connection URL with a password, of a database that is empty. */
  readonly url: string;
  /** Ends the server and removes its files. */
  readonly stop: () => Promise<void>;
}

export interface TestPostgresqlOptions {
  /** Whether what it commits outlives a crash, as by PostgreSQL's own defaults: what speed is measured on. @default false */
  readonly durable?: boolean;
}

/** A real PostgreSQL server of its own on a free loopback port (about 3 s), from the jar that `bin/setup.sh --tests` brings. */
export async function testPostgresql({ durable = false }: TestPostgresqlOptions = {}): Promise<TestPostgresql> {
  const home = await mkdtemp(path.join(tmpdir(), 'millrace-postgresql-'));
  await chmod(home, 0o755); // the server may run as another user
  const port = await getPort({ host: '127.0.0.1' });
  const password = randomBytes(12).toString('hex');
  const script = path.join(import.meta.dirname, 'postgresql.py');
  const options = ['--jar', await serverJar(), '--home', home, '--port', String(port), ...(durable ? ['--durable'] : [])];
  const server = spawn(path.join(ROOT, '.venv/bin/python'), [script, ...options], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'] },
  });
  server.stdin.end(`${password}\n`);
  let log = '';
  server.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));

  const stop = async () => {
    if (server.exitCode === null && server.signalCode === null) {
      server.kill('SIGINT'); // PostgreSQL's "fast shutdown"
      await once(server, 'exit');
    }
    await rm(home, { recursive: true, force: true });
  };
  const url = `postgresql://millrace:${password}@127.0.0.1:${port}/postgres`;
  const deadline = Date.now() + START_DEADLINE_MS;
  while (!(await answers(url))) {
    if (server.exitCode === null && Date.now() < deadline) await delay(50);
    else {
      await stop();
      throw new Error(`the test's PostgreSQL server must start, got\n${log}`);
    }
  }
  return { url, stop };
}

async function serverJar(): Promise<string> {
  const folder = path.join(ROOT, '.jars/postgresql');
  const jar = (await readdir(folder)).find((name) => name.endsWith('.jar'));
  if (!jar) throw new Error(`${folder} must hold PostgreSQL's jar (bash bin/setup.sh --tests), got none`);
  return path.join(folder, jar);
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}
