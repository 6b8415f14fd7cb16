import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BundlingOutput, DockerImage, type BundlingOptions } from 'aws-cdk-lib/core';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));

/** Wheels that run on Amazon Linux 2023 (glibc 2.34) on Graviton; pip does not take the newer name to mean the older one. */
const PLATFORMS = ['manylinux_2_28_aarch64', 'manylinux_2_17_aarch64', 'manylinux2014_aarch64'];

/** The cluster has its own, with Amazon's changes. */
const ON_THE_CLUSTER = ['pyspark'];

/** The steps' Python packages for the nodes of a cluster, fetched as wheels: nothing is compiled, and no Docker is needed. */
export class PythonPackages {
  /** Names what the packages are made from: the same is not made again. */
  readonly hash: string;
  readonly source = join(CHECKOUT, 'spark-steps');
  readonly bundling: BundlingOptions;

  /** @param python Minor version of the Python on the nodes */
  constructor(private readonly python: string) {
    const requirements = runtimeRequirements(readFileSync(join(CHECKOUT, 'requirements.txt'), 'utf8'));
    this.hash = createHash('sha256').update(JSON.stringify({ requirements, python, PLATFORMS })).digest('hex');
    this.bundling = {
      // Never pulled: the local way below does it, or says why it cannot.
      image: DockerImage.fromRegistry('none'),
      outputType: BundlingOutput.NOT_ARCHIVED,
      local: {
        tryBundle: (folder) => {
          this.install(requirements, folder);
          return true;
        },
      },
    };
  }

  private install(requirements: readonly string[], folder: string): void {
    const started = Date.now();
    console.error(`Python packages for EMR: fetching ${requirements.length} and what they need …`);
    const scratch = mkdtempSync(join(tmpdir(), 'millrace-pip-'));
    try {
      const file = join(scratch, 'requirements.txt');
      writeFileSync(file, requirements.join('\n'));
      const target = ['--target', folder, '--python-version', this.python, '--implementation', 'cp', '--only-binary=:all:'];
      const platforms = PLATFORMS.flatMap((platform) => ['--platform', platform]);
      const quiet = ['--quiet', '--no-compile', '--disable-pip-version-check', '--no-input'];
      const pip = spawnSync(join(CHECKOUT, '.venv/bin/python'), ['-m', 'pip', 'install', ...quiet, ...target, ...platforms, '-r', file], {
        encoding: 'utf8',
      });
      if (pip.status !== 0) {
        const reason = pip.error?.message ?? pip.stderr.trim().split('\n').slice(-3).join('\n');
        throw new Error(`Python packages for EMR must be to be had as wheels for Python ${this.python} on ARM, got: ${reason}`);
      }
    } finally {
      rmSync(scratch, { recursive: true });
    }
    console.error(`Python packages for EMR: done in ${Math.round((Date.now() - started) / 1000)} s`);
  }
}

/** Lines of requirements.txt without comments and without what the cluster has. */
export function runtimeRequirements(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/\s*#.*/, '').trim())
    .filter((line) => line !== '' && !ON_THE_CLUSTER.some((name) => new RegExp(`^${name}\\b`).test(line)));
}
