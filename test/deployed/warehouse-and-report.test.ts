import { readFileSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { formatRows } from '../../lib/cli/rows.ts';
import { UsageError } from '../../lib/cli/failures.ts';
import { downloadReport } from '../../lib/deployed/commands/report.ts';
import { runWarehouseSql } from '../../lib/deployed/commands/sql.ts';
import { fakeDeployed, objects, serviceError, stacks } from './fake-aws.ts';

afterEach(() => vi.restoreAllMocks());

const deployed = () => fakeDeployed(stacks({ warehouse: { Workgroup: 'millrace-dev', WarehouseDatabase: 'millrace' } })).deployed;

/** The Data API with one answer. */
function dataApi(records: object[][], failure?: { Error: string }) {
  const asked: Record<string, unknown>[] = [];
  const send = (command: { input: Record<string, unknown> }) => {
    const operation = command.constructor.name;
    asked.push(command.input);
    if (operation === 'ExecuteStatementCommand') return Promise.resolve({ Id: 'q-1' });
    if (operation === 'DescribeStatementCommand')
      return Promise.resolve(failure ? { Status: 'FAILED', ...failure } : { Status: 'FINISHED', HasResultSet: true });
    return Promise.resolve({
      ColumnMetadata: [
        { name: 'user_id', typeName: 'varchar' },
        { name: 'n', typeName: 'int8' },
      ],
      Records: records,
    });
  };
  return { client: { send } as never, asked };
}

const rows = [
  [{ stringValue: 'u, "1"' }, { longValue: 7 }],
  [{ isNull: true }, { longValue: 8 }],
];

function printed(stream: 'stdout' | 'stderr'): () => string {
  const chunks: string[] = [];
  vi.spyOn(process[stream], 'write').mockImplementation((chunk) => chunks.push(String(chunk)) > 0);
  return () => chunks.join('');
}

test('a statement is run on the environment’s warehouse and its rows are printed', async () => {
  const [out, notes] = [printed('stdout'), printed('stderr')];
  const { client, asked } = dataApi(rows);
  await runWarehouseSql(deployed(), 'SELECT 1', { format: 'csv', limit: 1 }, client);
  expect(asked[0]).toMatchObject({ WorkgroupName: 'millrace-dev', Database: 'millrace', Sql: 'SELECT 1' });
  expect(out()).toBe('user_id,n\n"u, ""1""",7\n');
  expect(notes()).toBe('only the first 1 rows are shown: --limit N shows more\n');
});

test('fails when Redshift refuses the statement, in one line', async () => {
  const { client } = dataApi([], { Error: 'ERROR: relation "nothing" does not exist' });
  const error: unknown = await runWarehouseSql(deployed(), 'SELECT * FROM nothing', { format: 'table', limit: 10 }, client).catch(
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(UsageError);
  expect((error as Error).message).toContain('relation "nothing" does not exist');
});

test('fails when the caller may not query, naming the action', async () => {
  const client = {
    send: () =>
      Promise.reject(
        serviceError('AccessDeniedException', 'x is not authorized to perform: redshift-data:ExecuteStatement on resource: y'),
      ),
  } as never;
  await expect(runWarehouseSql(deployed(), 'SELECT 1', { format: 'table', limit: 10 }, client)).rejects.toThrow(
    'permission must be there for redshift-data:ExecuteStatement on y',
  );
});

describe('rows are printed as the local sql prints them', () => {
  const some = [{ day: new Date('2026-11-21T00:00:00Z'), n: 1, name: null }];
  test.each([
    {
      format: 'table' as const,
      lines: ['day                       n  name', '------------------------  -  ----', '2026-11-21T00:00:00.000Z  1  NULL'],
    },
    { format: 'csv' as const, lines: ['day,n,name', '2026-11-21T00:00:00.000Z,1,'] },
    { format: 'json' as const, lines: ['{"day":"2026-11-21T00:00:00.000Z","n":1,"name":null}'] },
  ])('$format', ({ format, lines }) => {
    expect(formatRows(some, format)).toEqual(lines);
  });

  test('in a table no value ends a line or steers the terminal', () => {
    expect(formatRows([{ words: 'a\nb\u001b[31mred\u009b' }], 'table').slice(2)).toEqual([String.raw`a\u000ab\u001b[31mred\u009b`]);
  });
});

test('the newest report is fetched to a file that only this user reads', async () => {
  const fake = fakeDeployed({
    ...stacks({ lake: { ArtifactsBucket: 'artifacts' } }),
    ...objects({ 'artifacts/reports/churn/latest.html': '<h1>' }),
  });
  const path = await downloadReport(fake.deployed);
  try {
    expect(readFileSync(path, 'utf8')).toBe('<h1>');
    expect(statSync(path).mode & 0o077).toBe(0);
    expect(path).toMatch(/churn-report\.html$/);
  } finally {
    rmSync(dirname(path), { recursive: true });
  }
});

test('fails when there is no report yet, and says how to make one', async () => {
  const { deployed: none } = fakeDeployed({ ...stacks({ lake: { ArtifactsBucket: 'artifacts' } }), ...objects({}) });
  await expect(downloadReport(none)).rejects.toThrow(
    'got none at s3://artifacts/reports/churn/latest.html: `millrace run churn --env dev`',
  );
});
