/** How large each Lambda's bundle is, and how long a fresh process takes to load it: what a cold start adds to Lambda's own. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundled, FUNCTIONS, SETTINGS } from '../test/support/bundles.ts';

const STARTS = 9;
const LOAD =
  "const began = performance.now(); require('./index.js'); process.stdout.write(String(performance.now() - began)); process.exit()";

const outdir = mkdtempSync(join(tmpdir(), 'millrace-bundles-'));
try {
  console.log(`Node.js ${process.version}, ${cpus().length} x ${cpus()[0]?.model}; median of ${STARTS} starts\n`);
  console.log(`${'function'.padEnd(24)} zipped, kB  load, ms`);
  for (const { source, folder, zippedBytes } of await bundled(FUNCTIONS, outdir)) {
    const times = Array.from({ length: STARTS }, () =>
      Number(execFileSync(process.execPath, ['-e', LOAD], { cwd: folder, env: { ...SETTINGS, HOME: folder }, encoding: 'utf8' })),
    ).sort((a, b) => a - b);
    const median = times[Math.floor(STARTS / 2)]!;
    console.log(`${source.padEnd(24)} ${(zippedBytes / 1000).toFixed(0).padStart(10)} ${median.toFixed(0).padStart(9)}`);
  }
} finally {
  rmSync(outdir, { recursive: true });
}
