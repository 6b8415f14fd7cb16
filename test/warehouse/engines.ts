import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import type { Dataset } from '../../lib/contracts/dataset.ts';
import { openWarehouse, type Warehouse } from '../../lib/local/warehouse.ts';
import { testPostgresql, type TestPostgresql } from '../support/postgresql.ts';

/** What a test of both engines works on; the schema is empty when a test starts. */
export interface Engine {
  readonly warehouse: Warehouse;
  /** Folder of exports, removed after the tests. */
  readonly exports: string;
  /** The real server; none with PGlite. */
  readonly server: TestPostgresql | undefined;
}

/** Runs the same tests on PGlite and on a real PostgreSQL server. */
export function describeEngines(name: string, tests: (engine: Engine) => void): void {
  describe.each(['pglite', 'postgresql'] as const)(`${name}, on %s`, (kind) => {
    const engine = {} as { warehouse: Warehouse; exports: string; server: TestPostgresql | undefined };
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'millrace-warehouse-'));
      engine.exports = path.join(folder, 'exports');
      if (kind === 'postgresql') engine.server = await testPostgresql();
      engine.warehouse = await openWarehouse({ url: engine.server?.url, dataDir: folder });
    }, 60_000);
    beforeEach(async () => {
      await rm(engine.exports, { recursive: true, force: true });
      await engine.warehouse.query('DROP SCHEMA IF EXISTS millrace CASCADE');
    });
    afterAll(async () => {
      await engine.warehouse?.close();
      await engine.server?.stop();
      await rm(folder, { recursive: true, force: true });
    });
    tests(engine);
  });
}

type Cell = string | number | boolean | null;

/** Writes the one file of a table's exports as the format says: a text is quoted, null is nothing. */
export async function exportRows(exports: string, table: Dataset, ...rows: readonly (readonly Cell[])[]): Promise<void> {
  const header = table.fields.map((field) => field.name).join(',');
  await exportText(exports, table, [header, ...rows.map((row) => row.map(csvCell).join(','))].join('\n') + '\n');
}

export async function exportText(exports: string, table: Dataset, csv: string, file = 'part-00000.csv.gz'): Promise<void> {
  const folder = path.join(exports, table.name);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, file), file.endsWith('.gz') ? gzipSync(csv) : csv);
}

function csvCell(value: Cell): string {
  if (value === null) return '';
  return typeof value === 'string' ? `"${value.replaceAll('"', '""')}"` : String(value);
}
