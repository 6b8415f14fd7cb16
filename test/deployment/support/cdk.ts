import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import type { Environment } from '../../../lib/environments.ts';
import { ACCOUNT, CHECKOUT, REGION, type Emulator } from './emulator.ts';

export interface CdkRun {
  readonly failed: boolean;
  readonly output: string;
}

const HURRY = pathToFileURL(join(import.meta.dirname, 'hurry.mjs')).href;
const COMMAND = join(CHECKOUT, 'node_modules/aws-cdk/bin/cdk');
const PLAIN = ['--ci', '--no-notices', '--no-version-reporting'];

/** The real CDK command line against the emulator. */
export class Cdk {
  private runs = 0;

  constructor(
    private readonly emulator: Emulator,
    private readonly folder: string,
  ) {}

  /** Outside the app's folder, or it would synthesize the app. */
  async bootstrap(): Promise<CdkRun> {
    const empty = join(this.folder, 'bootstrap');
    await mkdir(empty, { recursive: true });
    return this.run(empty, ['bootstrap', `aws://${ACCOUNT}/${REGION}`]);
  }

  deploy(name: string, changes: Partial<Environment> = {}): Promise<CdkRun> {
    return this.app(name, changes, ['deploy', `${name}/**`, '--require-approval=never', '--concurrency=4']);
  }

  destroy(name: string): Promise<CdkRun> {
    return this.app(name, {}, ['destroy', `${name}/**`, '--force', '--concurrency=4']);
  }

  /** Each run synthesizes anew, into a folder of its own. */
  private app(name: string, changes: Partial<Environment>, command: readonly string[]): Promise<CdkRun> {
    const output = join(this.folder, `cdk.out.${++this.runs}`);
    return this.run(CHECKOUT, [...command, '--app', 'node --import tsx test/deployment/app.ts', '--output', output], {
      MILLRACE_TEST_ENVIRONMENT: JSON.stringify({ name, changes }),
    });
  }

  private async run(cwd: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<CdkRun> {
    const { failed, all } = await execa('node', ['--import', HURRY, COMMAND, ...args, ...PLAIN], {
      cwd,
      all: true,
      reject: false,
      extendEnv: false,
      env: { PATH: process.env['PATH'], HOME: this.folder, TMPDIR: join(this.folder, 'tmp'), ...this.emulator.aws, ...environment },
    });
    return { failed, output: all };
  }
}
