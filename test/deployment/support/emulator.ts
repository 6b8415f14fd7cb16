import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import getPort from 'get-port';

export const CHECKOUT = resolve(import.meta.dirname, '../../..');
export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';
const START_MS = 60_000;

export interface EmulatorOptions {
  /** Everything the emulator writes is below. */
  readonly folder: string;
  /** What the emulator and the functions it runs find in their environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A resource that a stack has made and not deleted. */
export interface LiveResource {
  readonly logical_id: string;
  readonly kind: string;
  readonly physical_id: string;
  readonly stack: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** MiniStack with our extension, on a free loopback port. */
export class Emulator {
  /** What points AWS clients and the CDK command line here. */
  readonly aws: Readonly<Record<string, string>>;

  private constructor(
    readonly endpoint: string,
    private readonly process: ChildProcess,
    /** Path of its log. */
    readonly log: string,
  ) {
    this.aws = {
      AWS_ENDPOINT_URL: endpoint,
      // S3 by path: names of buckets are no hosts here.
      AWS_ENDPOINT_URL_S3: endpoint,
      // MiniStack takes twelve digits for the account.
      AWS_ACCESS_KEY_ID: ACCOUNT,
      AWS_SECRET_ACCESS_KEY: 'emulator',
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    };
  }

  static async start({ folder, environment = {} }: EmulatorOptions): Promise<Emulator> {
    const temporary = join(folder, 'tmp');
    await mkdir(temporary, { recursive: true });
    // CDK's own functions use the SDK of Lambda's runtime, which is looked for above the function.
    await symlink(join(CHECKOUT, 'node_modules'), join(folder, 'node_modules'));
    const port = await getPort({ host: '127.0.0.1' });
    const endpoint = `http://127.0.0.1:${port}`;
    const log = join(folder, 'emulator.log');
    const child = spawn(join(CHECKOUT, '.venv/bin/python'), [join(CHECKOUT, 'test/deployment/emulator')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: `${join(CHECKOUT, '.venv/bin')}:${process.env['PATH']}`,
        HOME: folder,
        TMPDIR: temporary,
        GATEWAY_PORT: String(port),
        BIND_HOST: '127.0.0.1',
        MINISTACK_HOST: '127.0.0.1',
        MINISTACK_REGION: REGION,
        MINISTACK_ACCOUNT_ID: ACCOUNT,
        AWS_ENDPOINT_URL: endpoint,
        AWS_SECRET_ACCESS_KEY: 'emulator',
        LAMBDA_STATE_TRANSITION_SECONDS: '0',
        PYTHONDONTWRITEBYTECODE: '1',
        LOG_LEVEL: 'WARNING',
        ...environment,
      },
    });
    const file = createWriteStream(log);
    child.stdout.pipe(file);
    child.stderr.pipe(file);
    const emulator = new Emulator(endpoint, child, log);
    for (const until = Date.now() + START_MS; !(await emulator.answers()); await sleep(50)) {
      if (child.exitCode !== null || Date.now() > until) throw new Error(`emulator must start, see ${log}`);
    }
    return emulator;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill('SIGTERM');
    const killed = setTimeout(() => this.process.kill('SIGKILL'), 5_000);
    await once(this.process, 'exit');
    clearTimeout(killed);
  }

  /** All that is in the emulator's stores, one line each: `service store name`. */
  inventory(): Promise<string[]> {
    return this.ask('inventory');
  }

  live(): Promise<LiveResource[]> {
    return this.ask('live');
  }

  /** The next creations of a resource type fail, or the next steps of a name. */
  async fail(what: string, times = 1): Promise<void> {
    await this.ask('fail', { what, times });
  }

  private async ask<Answer>(what: string, question: unknown = {}): Promise<Answer> {
    const response = await fetch(`${this.endpoint}/_millrace/${what}`, { method: 'POST', body: JSON.stringify(question) });
    if (!response.ok) throw new Error(`emulator must answer ${what}, got ${response.status} ${await response.text()}`);
    return (await response.json()) as Answer;
  }

  private answers(): Promise<boolean> {
    return fetch(`${this.endpoint}/_ministack/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}
