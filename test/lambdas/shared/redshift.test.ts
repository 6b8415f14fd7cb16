import { describe, expect, test } from 'vitest';
import { openDataApi, type DataApiOptions } from '../../../lambdas/shared/redshift.ts';
import { fakeDataApi, type Ending } from '../../support/redshift-data.ts';

function open(endingOf?: (sqls: readonly string[]) => Ending, options: Partial<DataApiOptions> = {}) {
  const api = fakeDataApi(endingOf);
  const waits: number[] = [];
  const sleep = (ms: number) => Promise.resolve(waits.push(ms));
  return { ...api, waits, warehouse: openDataApi({ client: api.client, workgroup: 'w', database: 'd', sleep, ...options }) };
}

describe('a query', () => {
  test('is sent to the workgroup as the caller, and waited for', async () => {
    const { warehouse, sent, waits } = open(() => ({ running: ['SUBMITTED', 'PICKED', 'STARTED'] }));
    expect(await warehouse.query('CREATE TABLE t (a int)')).toEqual([]);
    expect(sent()).toEqual([{ sqls: ['CREATE TABLE t (a int)'], parameters: undefined, target: { WorkgroupName: 'w', Database: 'd' } }]);
    expect(waits).toHaveLength(3);
  });

  test('is sent with a secret where one is named', async () => {
    const { warehouse, sent } = open(undefined, { secret: 'redshift!n-admin' });
    await warehouse.query('SELECT 1');
    expect(sent()[0]!.target['SecretArn']).toBe('redshift!n-admin');
  });

  test('gives the rows of all pages, as rows of the other engines are', async () => {
    const ColumnMetadata = ['int8', 'float8', 'bool', 'date', 'timestamptz', 'numeric', 'varchar', 'varchar', 'float8'].map(
      (typeName, i) => ({
        name: `c${i}`,
        label: i === 0 ? 'events' : `c${i}`,
        typeName,
      }),
    );
    const record = [
      { longValue: 7 },
      { doubleValue: 0.5 },
      { booleanValue: false },
      { stringValue: '2018-11-30' },
      { stringValue: '2018-11-30 23:59:59.5+00' },
      { stringValue: '1.20' },
      { isNull: true },
      { stringValue: '' },
      { stringValue: 'NaN' },
    ] as never;
    const { warehouse } = open(() => ({ pages: [{ ColumnMetadata, Records: [record] }, { Records: [record] }, { Records: [] }] }));
    const row = {
      ...{ events: 7, c1: 0.5, c2: false, c3: '2018-11-30', c4: new Date('2018-11-30T23:59:59.500Z') },
      ...{ c5: '1.20', c6: null, c7: '', c8: NaN },
    };
    expect(await warehouse.query('SELECT …')).toEqual([row, row]);
  });

  test('that fails is told in one line, with what the server says and the statement', async () => {
    const { warehouse } = open(() => ({ error: 'ERROR: relation "t"\n  does not exist' }));
    await expect(warehouse.query('SELECT a\nFROM t')).rejects.toThrow(
      /^warehouse statement failed: ERROR: relation "t" does not exist: SELECT a FROM t$/,
    );
  });

  test('that somebody cancels is an error', async () => {
    const { warehouse } = open(() => ({ aborted: true }));
    await expect(warehouse.query('SELECT 1')).rejects.toThrow('warehouse statement aborted: no reason given: SELECT 1');
  });

  test('that the service does not take is told with the statement', async () => {
    const { warehouse } = open();
    await expect(warehouse.query('')).rejects.toThrow(/^warehouse statement was refused: ValidationException/);
  });

  test('that is not over in time is cancelled', async () => {
    const { warehouse, cancelled, waits } = open(() => ({ running: Array<'STARTED'>(1_000).fill('STARTED') }), { deadlineMs: 60_000 });
    await expect(warehouse.query('SELECT 1')).rejects.toThrow('statement must finish within 60 s, got STARTED: SELECT 1');
    expect(cancelled()).toBe(true);
    expect(Math.max(...waits)).toBeLessThanOrEqual(5_000);
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(66_000);
  });

  test('asks for the time that is left as each statement begins', async () => {
    let left = 60_000;
    const { warehouse } = open(() => ({ running: ['STARTED', 'STARTED'] }), { deadlineMs: () => left });
    await warehouse.query('SELECT 1');
    left = 0;
    await expect(warehouse.query('SELECT 1')).rejects.toThrow('within 0 s');
  });
});

describe('parameters', () => {
  const sentFor = async (sql: string, params: readonly unknown[]) => {
    const { warehouse, sent } = open();
    await warehouse.query(sql, params);
    return [sent()[0]!.sqls[0], sent()[0]!.parameters] as const;
  };

  test('that are texts travel beside the statement, also when used twice', async () => {
    const name = `x'; DROP TABLE t; --`;
    expect(await sentFor('SELECT $1, $2, $1', [name, 'b'])).toEqual([
      'SELECT :p1, :p2, :p1',
      [
        { name: 'p1', value: name },
        { name: 'p2', value: 'b' },
      ],
    ]);
    expect(await sentFor('SELECT $1', [new Date(0)])).toEqual(['SELECT :p1', [{ name: 'p1', value: '1970-01-01T00:00:00.000Z' }]]);
  });

  test('that the Data API has no way for are written as literals', async () => {
    expect(await sentFor('SELECT 1-$1 LIMIT $2', [-5, 10])).toEqual(['SELECT 1- -5 LIMIT  10', undefined]);
    expect(await sentFor('SELECT $1, $2, $3, $4', [null, true, '', 12n])).toEqual([`SELECT NULL,  true, '',  12`, undefined]);
  });

  test('are not looked for in texts, names, comments and bodies', async () => {
    const sql = `SELECT '$1 ''$1', '\\'$1', "$1", $$ $1 $$ -- $1\n/* $1 */ FROM t`;
    expect(await sentFor(sql, [])).toEqual([sql, undefined]);
  });

  test.each([
    [['a'], 'SELECT $2', 'parameter of a statement must be $1 to $1, got $2'],
    [[Number.NaN], 'SELECT $1', 'parameter $1 must be text, a finite number, a truth value, a date or null, got number'],
    [[{ a: 1 }], 'SELECT $1', 'parameter $1 must be text, a finite number, a truth value, a date or null, got object'],
  ])('%j that cannot be are refused', async (params, sql, message) => {
    await expect(open().warehouse.query(sql, params)).rejects.toThrow(message);
  });
});

describe('a transaction', () => {
  test('is one request', async () => {
    const { warehouse, sent } = open();
    await warehouse.transaction(['DELETE FROM t', 'INSERT INTO t SELECT 1']);
    expect(sent().map(({ sqls }) => sqls)).toEqual([['DELETE FROM t', 'INSERT INTO t SELECT 1']]);
  });

  test('of no statements is none', async () => {
    const { warehouse, sent } = open();
    await warehouse.transaction([]);
    expect(sent()).toEqual([]);
  });

  test('that fails names the statement that failed', async () => {
    const { warehouse } = open(() => ({ error: 'ERROR: no such bucket', failing: 1 }));
    await expect(warehouse.transaction(['CREATE TEMPORARY TABLE s (a int)', 'COPY s', 'DROP TABLE s'])).rejects.toThrow(
      /^warehouse statement failed \(statement 2 of 3\): ERROR: no such bucket: COPY s$/,
    );
  });

  test('of more statements than the service takes is refused before it is sent', async () => {
    const { warehouse, sent } = open();
    await expect(warehouse.transaction(Array<string>(41).fill('SELECT 1'))).rejects.toThrow('must be at most 40, got 41');
    expect(sent()).toEqual([]);
  });
});
