import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadTables, openWarehouse } from '../../lib/local/warehouse.ts';
import { scores } from './datasets.ts';
import { exportRows, exportText } from './engines.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
let dataDir: string;
let exports: string;

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'millrace-pglite-'));
  exports = path.join(dataDir, 'exports');
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

/** Another process that loads the exports, and stays in the midst of it. */
async function processThatLoads() {
  const script = path.join(dataDir, 'load.mts');
  const module = (name: string) => JSON.stringify(path.join(ROOT, name));
  await writeFile(
    script,
    `import { loadTables, openWarehouse } from ${module('lib/local/warehouse.ts')};
     import { scores } from ${module('test/warehouse/datasets.ts')};
     const warehouse = await openWarehouse({ dataDir: ${JSON.stringify(dataDir)} });
     await loadTables(warehouse, [scores], ${JSON.stringify(exports)}, () => { console.log('copied'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); });`,
  );
  const child = spawn(process.execPath, ['--import', 'tsx', script], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

test('PGlite keeps its rows, takes one process at a time, and comes back after one is killed in a load', async () => {
  const warehouse = await openWarehouse({ dataDir });
  expect(warehouse.engine).toBe('pglite');
  expect(warehouse.version).toMatch(/^\d+\.\d+$/);
  await exportRows(exports, scores, ['a', '2024-05-01', 0.25]);
  await loadTables(warehouse, [scores], exports);
  await expect(openWarehouse({ dataDir })).rejects.toThrow(
    /^warehouse must be open once at a time, got .*warehouse in use: by this process$/,
  );
  await warehouse.close();

  await exportText(exports, scores, 'user_id,cutoff,probability\n' + '"z",2024-06-01,0.5\n"y",2024-05-01,0.5\n');
  const child = await processThatLoads();
  await expect(openWarehouse({ dataDir })).rejects.toThrow(
    new RegExp(`^warehouse must be open once at a time, got .* in process ${child.pid}`),
  );
  child.kill('SIGKILL');
  await once(child, 'exit');

  const again = await openWarehouse({ dataDir });
  expect(await again.query('SELECT * FROM millrace.scores')).toEqual([{ user_id: 'a', cutoff: '2024-05-01', probability: 0.25 }]);
  expect(await loadTables(again, [scores], exports)).toEqual({ scores: 2 });
  await again.close();
}, 60_000);

test('fails with one line when the folder is not PGlite’s', async () => {
  const other = path.join(dataDir, 'other');
  await mkdir(path.join(other, 'warehouse'), { recursive: true });
  await writeFile(path.join(other, 'warehouse/PG_VERSION'), '9.6\n');
  const refused = /^warehouse must be a folder that PGlite can read, got .*other\/warehouse: .*/;
  await expect(openWarehouse({ dataDir: other })).rejects.toThrow(refused);
  await expect(openWarehouse({ dataDir: other }), 'and is not held').rejects.toThrow(refused);
}, 60_000);
