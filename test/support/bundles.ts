import { execSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { build } from 'esbuild';
import { BUNDLE, BUNDLE_URL, copyFiles } from '../../lib/constructs/function-bundling.ts';

const CHECKOUT = join(import.meta.dirname, '../..');
const LAMBDAS = join(CHECKOUT, 'lambdas');
/** What some functions read beside their bundle; here all have it, so that sizes are rather too large. */
const FILES = ['lib/report', 'lib/warehouse'];

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

/** Bundles functions with the settings they are deployed with. The CDK does it by a process each, which takes longer. */
export async function bundled(sources: readonly string[], outdir: string): Promise<Bundle[]> {
  const { banner, define } = BUNDLE_URL;
  const bundles: Bundle[] = [];
  for (const source of sources) {
    const folder = join(outdir, source);
    await build({
      ...BUNDLE,
      ...{ entryPoints: [join(LAMBDAS, source, 'index.ts')], outfile: join(folder, 'index.js') },
      ...{ bundle: true, platform: 'node', format: 'cjs', banner: { js: banner }, define, logLevel: 'error' },
    });
    for (const files of FILES) execSync(copyFiles(join(CHECKOUT, files), folder));
    bundles.push({ source, folder, zippedBytes: zippedBytes(folder) });
  }
  return bundles;
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
    CONTRACT: 'ad_impressions',
    TOPIC: 'events',
    REJECTS_TOPIC: 'rejects',
    PREDICTIONS_TOPIC: 'predictions',
    MAX_MESSAGE_BYTES: '1048588',
    REFUSED: 's3://raw/refused',
    DATABASE: 'millrace',
    WORKGROUP: 'millrace',
    ADMIN_SECRET: 'secret',
  },
  ...{ MODELS: 's3://lake/models', STAGED: 's3://lake/staged', RESULTS: 's3://lake/results', REPORTS: 's3://artifacts/reports' },
};
