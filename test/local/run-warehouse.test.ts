import { existsSync, mkdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Home } from '../../lib/local/home.ts';
import { Resources } from '../../lib/local/resources.ts';
import { RunWarehouse } from '../../lib/local/run-warehouse.ts';
import { openWarehouse, type Warehouse } from '../../lib/local/warehouse.ts';
import { PIPELINES } from '../../lib/pipelines/index.ts';
import { songplays } from '../../lib/pipelines/songplays.ts';
import { temporaryFolder } from '../support/folder.ts';
import { testPostgresql, type TestPostgresql } from '../support/postgresql.ts';

let server: TestPostgresql;
let reader: Warehouse;
const home = new Home(temporaryFolder());
beforeAll(async () => {
  server = await testPostgresql();
  reader = await openWarehouse({ url: server.url, dataDir: home.root });
}, 60_000);
afterAll(async () => {
  await reader?.close();
  await server?.stop();
});

/** What one run does with its warehouse. */
async function inOneRun(work: (warehouse: RunWarehouse) => Promise<unknown>): Promise<void> {
  const resources = new Resources();
  await work(new RunWarehouse(home, server.url, resources)).finally(() => resources.close());
}

async function tableNames(): Promise<string[]> {
  const rows = await reader.query<{ table_name: string }>(
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'millrace' AND table_type = 'BASE TABLE'",
  );
  return rows.map(({ table_name }) => table_name).sort();
}

const TABLES = [...PIPELINES.flatMap<{ readonly name: string }>(({ tables }) => tables), ...songplays.workTables!]
  .map(({ name }) => name)
  .sort();

test('the first step finds every table, however many steps ask at once', async () => {
  await inOneRun(async (warehouse) => {
    const [one, other] = await Promise.all([warehouse.ready(), warehouse.ready()]);
    expect(one).toBe(other);
  });
  expect(await tableNames()).toEqual(TABLES);
});

test('--fresh forgets the tables of all pipelines, and what they work in; when something of the user hangs on one, nothing', async () => {
  mkdirSync(home.staged(), { recursive: true });
  await reader.query('CREATE VIEW public.mine AS SELECT * FROM millrace.users');
  await expect(inOneRun((warehouse) => warehouse.forget())).rejects.toThrow(
    /^tables to drop must have nothing of yours .*, got view .* depends on table .*: drop that first/,
  );
  expect(await tableNames()).toEqual(TABLES);
  expect(existsSync(home.staged())).toBe(true);

  await reader.query('DROP VIEW public.mine');
  await inOneRun((warehouse) => warehouse.forget());
  expect(await tableNames()).toEqual([]);
  expect(existsSync(home.staged())).toBe(false);
});

test('a server that cannot be reached is told before anything is done', async () => {
  const unreachable = new RunWarehouse(home, 'postgresql://nobody@127.0.0.1:1/nothing', new Resources());
  await expect(unreachable.check()).rejects.toThrow('warehouse must be a reachable PostgreSQL server');
});
