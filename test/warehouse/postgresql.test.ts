import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadTables, openWarehouse, type Warehouse } from '../../lib/local/warehouse.ts';
import { withoutSecrets } from '../../lib/local/warehouse/postgresql.ts';
import { takeRunLock } from '../../lib/local/warehouse/run-lock.ts';
import { testPostgresql, type TestPostgresql } from '../support/postgresql.ts';
import { scores } from './datasets.ts';
import { exportRows, exportText } from './engines.ts';

let server: TestPostgresql;
let url: string;
let first: Warehouse;
let second: Warehouse;
let exports: string;

beforeAll(async () => {
  exports = await mkdtemp(path.join(tmpdir(), 'millrace-exports-'));
  server = await testPostgresql();
  url = server.url;
}, 60_000);
beforeEach(async () => {
  await first?.close();
  await second?.close();
  first = await openWarehouse({ url, dataDir: exports });
  second = await openWarehouse({ url, dataDir: exports });
  await first.query('DROP SCHEMA IF EXISTS millrace CASCADE');
});
afterAll(async () => {
  await first?.close();
  await second?.close();
  await server?.stop();
  await rm(exports, { recursive: true, force: true });
});

describe('a load into a server', () => {
  const old = [{ user_id: 'a', cutoff: '2024-05-01', probability: 0.25 }];
  const MANY = 300_000;
  const manyRows = Array.from({ length: MANY }, (_, i) => `"user ${i}",2024-05-01,${i}\n`).join('');

  test('waits for another one, also when there is no schema yet', async () => {
    await exportRows(exports, scores, ['a', '2024-05-01', 0.25]);
    for (let round = 0; round < 10; round++) {
      await first.query('DROP SCHEMA IF EXISTS millrace CASCADE');
      await Promise.all([loadTables(first, [scores], exports), loadTables(second, [scores], exports)]);
      expect(await first.query('SELECT * FROM millrace.scores')).toEqual(old);
    }
  });

  test('shows readers the old rows until it is done', async () => {
    await exportRows(exports, scores, ['a', '2024-05-01', 0.25]);
    await loadTables(first, [scores], exports);
    // So many that the load goes on while a reader is answered.
    await exportText(exports, scores, `user_id,cutoff,probability\n${manyRows}`);
    let during: Promise<unknown> | undefined;
    await loadTables(first, [scores], exports, () => {
      during ??= second.query('SELECT * FROM millrace.scores');
    });
    expect(await during).toEqual(old);
    expect(await second.query('SELECT CAST(count(*) AS integer) AS rows FROM millrace.scores')).toEqual([{ rows: MANY }]);
  });

  test('whose connection is lost half-way fails, and leaves the old rows', async () => {
    await exportRows(exports, scores, ['a', '2024-05-01', 0.25]);
    await loadTables(first, [scores], exports);
    await exportText(exports, scores, `user_id,cutoff,probability\n${manyRows}`);
    const failed = expect(loadTables(first, [scores], exports)).rejects.toThrow(
      /exports of scores must be loaded whole, got .*(terminat|ECONNRESET|EPIPE)/,
    );
    const terminate = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY %' AND pid <> pg_backend_pid()`;
    while ((await second.query(terminate)).length === 0) await delay(2);
    await failed;
    expect(await second.query('SELECT * FROM millrace.scores')).toEqual(old);
    // The connection that is lost is replaced by another.
    expect(await first.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

test('transactions side by side do not see each other: one that fails takes nothing of the other with it', async () => {
  await first.query('CREATE TABLE side_by_side (n int)');
  let bothBegan = () => {};
  const began = new Promise<void>((resolve) => (bothBegan = resolve));
  let others = 2;
  const insert = (n: number, fails: boolean) =>
    first.transaction(async (session) => {
      await session.query('INSERT INTO side_by_side VALUES ($1)', [n]);
      if (--others === 0) bothBegan();
      await began;
      if (fails) throw new Error('told to fail');
      return session.query<{ TimeZone: string }>('SHOW timezone');
    });
  const [kept, failed] = await Promise.allSettled([insert(1, false), insert(2, true)]);
  expect(kept).toEqual({ status: 'fulfilled', value: [{ TimeZone: 'UTC' }] });
  expect(failed.status).toBe('rejected');
  expect(await first.query('SELECT n FROM side_by_side')).toEqual([{ n: 1 }]);
  await first.query('DROP TABLE side_by_side');
});

describe('a server that cannot be used is told in one line, without the password', () => {
  const got = (address: string, reason: RegExp) =>
    new RegExp(`^warehouse must be a reachable PostgreSQL server, got ${address.replaceAll('.', '\\.')}: ${reason.source}$`);
  const opening = (address: string) => openWarehouse({ url: address, dataDir: exports });

  test('wrong password', async () => {
    const wrong = url.replace(/:[^:@]+@/, ':s3cret@');
    await expect(opening(wrong)).rejects.toThrow(got(withoutSecrets(url), /password authentication failed for user "millrace"/));
  });
  test('no such database', async () => {
    await expect(opening(url.replace(/postgres$/, 'none'))).rejects.toThrow(/:\d+\/none: database "none" does not exist$/);
  });
  test('nobody listens', async () => {
    await expect(opening('postgresql://u:s3cret@127.0.0.1:1/db')).rejects.toThrow(
      got('postgresql://u@127.0.0.1:1/db', /connect ECONNREFUSED 127.0.0.1:1/),
    );
    await expect(opening('postgresql://u:s3cret@localhost:1/db')).rejects.toThrow(
      got('postgresql://u@localhost:1/db', /connect ECONNREFUSED .*/),
    );
  });
  test('somebody else listens', async () => {
    const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const address = other.address();
    const otherPort = typeof address === 'object' ? address?.port : undefined;
    await expect(opening(`postgresql://u:s3cret@127.0.0.1:${otherPort}/db`)).rejects.toThrow(
      got(`postgresql://u@127.0.0.1:${otherPort}/db`, /.+/),
    );
    other.close();
  });
  test('no such host', async () => {
    await expect(opening('postgres://u:s3cret@no-such-host.invalid/db')).rejects.toThrow(
      got('postgres://u@no-such-host.invalid/db', /.*no-such-host.*/),
    );
  });
  test('TLS asked for of a server that has none', async () => {
    await expect(opening(`${url}?sslmode=verify-full`)).rejects.toThrow(
      got(withoutSecrets(url), /The server does not support SSL connections/),
    );
  });
  test.each(['mysql://u:s3cret@h/db', 'h:5432/db', '', 'postgresql://u:s3/cret@h:x/db', 'postgresql://u:s3cret@h:99999/db'])(
    'not a URL of PostgreSQL: %s',
    async (address) => {
      const failure = await opening(address).then(
        () => undefined,
        (error: Error) => error.message,
      );
      expect(failure).toMatch(/^warehouse must be a reachable PostgreSQL server, got .*/);
      expect(failure).not.toMatch(/s3|cret|\n/);
    },
  );
  test('a session goes on after a statement that fails', async () => {
    await expect(first.query('SELECT 1; DROP TABLE x')).rejects.toThrow(/cannot insert multiple commands/);
    expect(await first.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect({ engine: first.engine, major: first.version.split('.')[0] }).toEqual({ engine: 'postgresql', major: '17' });
  });
});

test.each([
  ['postgresql://user:secret@host:5432/db?sslmode=require', 'postgresql://user@host:5432/db'],
  ['postgresql://user:se@c/r:e?t@host/db', 'postgresql://user@host/db'],
  ['postgresql://host/db?user=u&password=secret', 'postgresql://host/db'],
  ['postgresql://host/db', 'postgresql://host/db'],
  ['user:secret@host/db', 'user@host/db'],
  ['postgresql://:secret@host/db', 'postgresql://@host/db'],
])('a URL for people to read has no secrets: %s', (address, shown) => {
  expect(withoutSecrets(address)).toBe(shown);
});

describe('a run', () => {
  test('has the database for itself until it ends, whatever data folder another comes from', async () => {
    const release = await takeRunLock(url);
    await expect(takeRunLock(url)).rejects.toThrow(/^warehouse must be used by one run at a time, got another one in postgresql:/);
    await release();
    await (
      await takeRunLock(url)
    )();
  });
});
