import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { EnvironmentStack } from '../../lib/constructs/environment-stack.ts';
import { NodeFunction } from '../../lib/constructs/node-function.ts';
import { environment } from '../../lib/environments.ts';
import { testApp } from './stacks.ts';

const LAMBDAS = join(import.meta.dirname, '../../lambdas');

/** Every folder that is a function. */
export const FUNCTIONS = readdirSync(LAMBDAS).filter((name) => existsSync(join(LAMBDAS, name, 'index.ts')));

export interface Bundle {
  /** Folder in `lambdas/`. */
  readonly source: string;
  /** Folder of the bundle. */
  readonly folder: string;
  /** What Lambda fetches when it starts the function, bytes. */
  readonly zippedBytes: number;
}

/** Bundles functions as they are deployed. Each gets the files that any of them reads, so that sizes are rather too large. */
export function bundled(sources: readonly string[], outdir: string): Bundle[] {
  const app = testApp({ outdir, flags: { 'aws:cdk:bundling-stacks': ['**'] } });
  const stacks = sources.map((source) => {
    const stack = new EnvironmentStack(app, source, 'Test', { environment: environment('dev') });
    new NodeFunction(stack, 'Function', { source, description: 'Test', timeoutSeconds: 60, files: ['lib/report', 'lib/warehouse'] });
    return { source, stack };
  });
  app.synth();
  return stacks.map(({ source, stack }) => {
    const { files } = JSON.parse(readFileSync(join(outdir, `${stack.artifactId}.assets.json`), 'utf8')) as {
      files: Record<string, { source: { path: string; packaging: string } }>;
    };
    const asset = Object.values(files).find((file) => file.source.packaging === 'zip')!;
    const folder = join(outdir, asset.source.path);
    return { source, folder, zippedBytes: zippedBytes(folder) };
  });
}

function zippedBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + deflateRawSync(readFileSync(join(parentPath, name))).length, 0);
}

/** Settings that any of the functions asks for when it starts. */
export const SETTINGS: Readonly<Record<string, string>> = {
  ...{ AWS_REGION: 'eu-central-1', AWS_EC2_METADATA_DISABLED: 'true', ENVIRONMENT: 'dev', STREAMS: '[]' },
  ...{
    BROKERS: '127.0.0.1:9',
    TOPIC: 'events',
    REJECTS_TOPIC: 'rejects',
    DATABASE: 'millrace',
    WORKGROUP: 'millrace',
    ADMIN_SECRET: 'secret',
  },
  ...{ MODELS: 's3://lake/models', RESULTS: 's3://lake/results', REPORTS: 's3://artifacts/reports' },
};
