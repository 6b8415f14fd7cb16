import { expect, test } from 'vitest';
import { z } from 'zod';
import { CONTRACTS } from '../../lib/contracts/index.ts';
import { column, dataset, type Column, type Dataset } from '../../lib/contracts/dataset.ts';
import { loadTables } from '../../lib/local/warehouse.ts';
import { days } from './datasets.ts';
import { describeEngines, exportRows, exportText } from './engines.ts';

/** A table of one key and whatever columns a case is about. */
function table(...columns: readonly (Partial<Column> & Pick<Column, 'name' | 'type'>)[]) {
  const declared = [{ name: 'id', type: 'int' } as const, ...columns];
  return dataset({
    name: 'things',
    description: 'Things',
    key: ['id'],
    columns: Object.fromEntries(declared.map((about) => [about.name, column(z.unknown(), { description: about.name, ...about })])),
  });
}

describeEngines('a table of the warehouse', (engine) => {
  const load = (things: Dataset) => loadTables(engine.warehouse, [things], engine.exports);
  const rowsOf = (statement: string) => engine.warehouse.query(statement);
  const stored = () => rowsOf('SELECT * FROM millrace.things ORDER BY id');

  test.each([
    ['quotes', `"'"" 'O''Neill' "`],
    ['line breaks', 'one\ntwo\r\nthree\r'],
    ['backslashes', '\\N \\. \\\\ \\n \\'],
    ['COPY’s own end of data', '\\.\n\\.'],
    ['separators', 'a,b;c\td|e'],
    ['an attempt on SQL', "Robert'); DROP TABLE millrace.things; --"],
    ['an attempt on HTML', '<script>alert(1)</script>'],
    ['text from all over', 'Beyoncé 椎名林檎 🎧👩‍👩‍👧 مرحبا'],
    ['words that mean something elsewhere', 'NULL'],
    ['blanks at both ends', '  x  '],
    ['a very long text', 'длинный '.repeat(100_000)],
  ])('gives back a text with %s as it came', async (_, text) => {
    const things = table({ name: 'text', type: 'string' });
    await exportRows(engine.exports, things, [1, text], [2, 'next']);
    await load(things);
    const rows = await stored();
    expect(rows.map((row) => row['text'] === text || row['text'])).toEqual([true, 'next']);
  });

  test('tells an empty text from null, and stores NUL, which SQL text cannot hold, as U+FFFD', async () => {
    const things = table({ name: 'text', type: 'string' });
    await exportRows(engine.exports, things, [1, ''], [2, null], [3, 'a\0b\0é']);
    await load(things);
    expect(await stored()).toEqual([
      { id: 1, text: '' },
      { id: 2, text: null },
      { id: 3, text: 'a\u{FFFD}b\u{FFFD}é' },
    ]);
  });

  test('gives back numbers, truth values, dates and instants as the contract types them', async () => {
    const things = table(
      { name: 'double', type: 'double' },
      { name: 'long', type: 'long' },
      { name: 'boolean', type: 'boolean' },
      { name: 'date', type: 'date' },
      { name: 'timestamp', type: 'timestamp' },
    );
    const lines = [
      'id,double,long,boolean,date,timestamp',
      '1,0.1,9007199254740991,true,2018-11-01,2018-11-01T00:00:00.123Z',
      '2,NaN,-9223372036854775808,false,1969-12-31,1969-12-31T23:59:59.999Z',
      '3,Infinity,0,,0001-01-01,1900-03-01T12:00:00+05:30',
      '4,-Infinity,,true,,',
      '5,5e-324,-1,false,2024-02-29,2024-03-31T01:30:00.000001Z',
      '6,-0.0,9007199254740993,true,9999-12-31,2038-01-19T03:14:08Z',
    ];
    await exportText(engine.exports, things, lines.join('\n'));
    await load(things);
    expect(await stored()).toEqual([
      { id: 1, double: 0.1, long: 9007199254740991, boolean: true, date: '2018-11-01', timestamp: new Date('2018-11-01T00:00:00.123Z') },
      { id: 2, double: NaN, long: '-9223372036854775808', boolean: false, date: '1969-12-31', timestamp: new Date(-1) },
      { id: 3, double: Infinity, long: 0, boolean: null, date: '0001-01-01', timestamp: new Date('1900-03-01T06:30:00Z') },
      { id: 4, double: -Infinity, long: null, boolean: true, date: null, timestamp: null },
      { id: 5, double: 5e-324, long: -1, boolean: false, date: '2024-02-29', timestamp: new Date('2024-03-31T01:30:00Z') },
      { id: 6, double: -0, long: '9007199254740993', boolean: true, date: '9999-12-31', timestamp: new Date('2038-01-19T03:14:08Z') },
    ]);
    const mean = 'SELECT avg(long) AS mean, current_setting($1) AS zone FROM millrace.things WHERE id IN (3, 5)';
    expect(await engine.warehouse.query(mean, ['TimeZone'])).toEqual([{ mean: '-0.50000000000000000000', zone: 'UTC' }]);
  });

  test('gains the columns its contract gains, and keeps its rows', async () => {
    const before = table({ name: 'old', type: 'string' });
    await exportRows(engine.exports, before, [1, 'first'], [2, 'second']);
    await load(before);
    const after = table({ name: 'new', type: 'double', description: "What's new" }, { name: 'old', type: 'string' });
    await exportRows(engine.exports, after, [2, 0.5, 'second again']);
    await load(after);
    await load(after);
    expect(await stored()).toEqual([
      { id: 1, old: 'first', new: null },
      { id: 2, old: 'second again', new: 0.5 },
    ]);
    const comment = `SELECT col_description('millrace.things'::regclass, ordinal_position::int) AS text
      FROM information_schema.columns WHERE table_name = 'things' AND column_name = 'new'`;
    expect(await rowsOf(comment)).toEqual([{ text: "What's new" }]);
  });

  test('keeps a column that its contract has lost', async () => {
    await exportRows(engine.exports, table({ name: 'old', type: 'string' }), [1, 'first']);
    await load(table({ name: 'old', type: 'string' }));
    await exportRows(engine.exports, table(), [2]);
    await load(table());
    expect(await stored()).toEqual([
      { id: 1, old: 'first' },
      { id: 2, old: null },
    ]);
  });

  test('is not changed by a contract that gives a column another type, or the key another column', async () => {
    await exportRows(engine.exports, table({ name: 'value', type: 'int' }), [1, 7]);
    await load(table({ name: 'value', type: 'int' }));
    await expect(load(table({ name: 'value', type: 'double' }))).rejects.toThrow(
      'column value of millrace.things must be double precision, got integer; --fresh makes the table anew',
    );
    const rekeyed = dataset({
      name: 'things',
      description: 'Things',
      key: ['id', 'day'],
      columns: {
        id: column(z.int(), { name: 'id', type: 'int', description: 'id' }),
        day: column(z.string(), { name: 'day', type: 'date', description: 'day' }),
      },
    });
    await expect(load(rekeyed)).rejects.toThrow('the key of millrace.things must be in the table already, got the new column day');
    expect(await stored()).toEqual([{ id: 1, value: 7 }]);
  });

  test('takes names and descriptions that try to break out', async () => {
    const name = `x" int); DROP TABLE millrace.days; --`;
    const description = `'; DROP TABLE millrace.days; -- \\'; DROP TABLE millrace.days; --`;
    await exportRows(engine.exports, days, ['2024-05-01', 7]);
    await loadTables(engine.warehouse, [days], engine.exports);
    const things = table({ name, type: 'string', description });
    await exportText(engine.exports, things, `id,"${name.replaceAll('"', '""')}"\n1,"text"\n`);
    await load(things);
    expect(await stored()).toEqual([{ id: 1, [name]: 'text' }]);
    expect(await rowsOf(`SELECT col_description('millrace.things'::regclass, 2) AS text`)).toEqual([{ text: description }]);
    expect(await rowsOf('SELECT events FROM millrace.days')).toEqual([{ events: 7 }]);
  });

  test('of every contract can be made, loaded with nothing, and has the contract’s columns, types and comments', async () => {
    for (const contract of CONTRACTS) await exportRows(engine.exports, contract);
    await loadTables(engine.warehouse, CONTRACTS, engine.exports);
    await loadTables(engine.warehouse, CONTRACTS, engine.exports);
    const columns = await rowsOf(`
      SELECT table_name AS table, column_name AS name, is_nullable AS nullable,
        col_description(format('millrace.%I', table_name)::regclass, ordinal_position::int) AS description
      FROM information_schema.columns WHERE table_schema = 'millrace' ORDER BY table_name, ordinal_position`);
    const expected = CONTRACTS.toSorted((a, b) => (a.name < b.name ? -1 : 1)).flatMap((contract) =>
      contract.fields.map(({ name, description }) => ({
        table: contract.name,
        name,
        nullable: contract.key.includes(name) ? 'NO' : 'YES',
        description,
      })),
    );
    expect(columns).toEqual(expected);
  });
});
