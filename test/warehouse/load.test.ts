import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { loadTables, reset, tableCounts } from '../../lib/local/warehouse.ts';
import { days, scores } from './datasets.ts';
import { describeEngines, exportRows, exportText } from './engines.ts';

const TABLES = [scores, days];
const SCORES = 'SELECT * FROM millrace.scores ORDER BY cutoff, user_id';

describeEngines('a load', (engine) => {
  const load = () => loadTables(engine.warehouse, TABLES, engine.exports);
  const rowsOf = (statement: string) => engine.warehouse.query(statement);

  /** Two users at the first of May, and a day: what a later load that fails must leave as it is. */
  async function loadedBefore() {
    await exportRows(engine.exports, scores, ['a', '2024-05-01', 0.25], ['b', '2024-05-01', null]);
    await exportRows(engine.exports, days, ['2024-05-01', 7]);
    return load();
  }
  async function expectOldRows() {
    expect(await rowsOf(SCORES)).toEqual([
      { user_id: 'a', cutoff: '2024-05-01', probability: 0.25 },
      { user_id: 'b', cutoff: '2024-05-01', probability: null },
    ]);
    expect(await rowsOf('SELECT * FROM millrace.days')).toEqual([{ day: '2024-05-01', events: 7 }]);
  }

  test('makes the tables, returns the rows of each and tells its progress', async () => {
    await exportRows(engine.exports, scores, ['a', '2024-05-01', 0.25], ['b', '2024-05-01', null]);
    await exportRows(engine.exports, days, ['2024-05-01', 7]);
    const progress: unknown[] = [];
    expect(await loadTables(engine.warehouse, TABLES, engine.exports, (each) => progress.push(each))).toEqual({ scores: 2, days: 1 });
    expect(progress).toEqual([
      { table: 'scores', rows: 2 },
      { table: 'days', rows: 3 },
    ]);
    await expectOldRows();
    expect(await tableCounts(engine.warehouse, TABLES)).toEqual({ scores: 2, days: 1 });
  });

  test('done twice gives the same tables', async () => {
    await loadedBefore();
    expect(await load()).toEqual({ scores: 2, days: 1 });
    await expectOldRows();
  });

  test('replaces the slices it brings rows of, whole, and no other', async () => {
    await loadedBefore();
    await exportRows(engine.exports, scores, ['a', '2024-06-01', 0.5]);
    await exportRows(engine.exports, days, ['2024-05-02', 9]);
    await load();
    await exportRows(engine.exports, scores, ['c', '2024-05-01', 1], ['a', '2024-07-01', 0]);
    await exportRows(engine.exports, days, ['2024-05-02', 10]);
    await load();
    expect(await rowsOf(SCORES)).toEqual([
      { user_id: 'c', cutoff: '2024-05-01', probability: 1 }, // users a and b are not scored at this cut-off any more
      { user_id: 'a', cutoff: '2024-06-01', probability: 0.5 },
      { user_id: 'a', cutoff: '2024-07-01', probability: 0 },
    ]);
    expect(await rowsOf('SELECT * FROM millrace.days ORDER BY day')).toEqual([
      { day: '2024-05-01', events: 7 },
      { day: '2024-05-02', events: 10 },
    ]);
  });

  test('takes all files of a table, plain and gzip, and none of Spark’s own', async () => {
    await exportRows(engine.exports, days);
    await exportText(engine.exports, scores, 'user_id,cutoff,probability\n"a",2024-05-01,0.1\n', 'part-0.csv.gz');
    await exportText(engine.exports, scores, 'user_id,cutoff,probability\r\n"b",2024-05-01,0.2\r\n', 'part-1.csv');
    await exportText(engine.exports, scores, '', '_SUCCESS');
    await exportText(engine.exports, scores, 'not,a,row', '.part-0.csv.gz.crc');
    expect(await load()).toEqual({ scores: 2, days: 0 });
  });

  test('changes nothing of a table whose exports hold no row', async () => {
    await loadedBefore();
    await exportRows(engine.exports, scores);
    expect(await load()).toEqual({ scores: 0, days: 1 });
    await expectOldRows();
  });

  const row = '"z",2024-05-01,0.9\n';
  const header = 'user_id,cutoff,probability\n';
  test.each([
    [
      'a value that is no number',
      `${header}${row}"y",2024-05-01,much\n`,
      /"much" \(scores\/part-00000.csv.gz, line 3, column probability\)/,
    ],
    ['a line that is cut short', `${header}${row}"y",2024-05-01\n`, /missing data for column "probability" \(.*line 3/],
    ['a key that is null', `${header}${row},2024-05-01,0.1\n`, /null value in column "user_id" .*\(.*line 3/],
    ['a quote that is never closed', `${header}${row}"y,2024-05-01,0.1\n`, /unterminated CSV quoted field/],
    ['the same key twice', `${header}${row}${row}`, /rows of scores must be unique by user_id, cutoff, got 1 keys more than once/],
    [
      'columns in another order',
      'cutoff,user_id,probability\n2024-05-01,"z",0.9\n',
      /header line field 1: got "cutoff", expected "user_id"/,
    ],
    ['a column too few', 'user_id,cutoff\n"z",2024-05-01\n', /got 2, expected 3/],
    ['a file of no bytes', '', /got 1, expected 3/],
    ['no header', row, /header line field 1: got "z", expected "user_id"/],
  ])('that fails on %s says where, and leaves the old rows', async (_, csv, message) => {
    await loadedBefore();
    await exportRows(engine.exports, days, ['2024-05-01', 99]);
    await exportText(engine.exports, scores, csv);
    // The table that fails comes last: the other one is staged by then.
    await expect(loadTables(engine.warehouse, [days, scores], engine.exports)).rejects.toThrow(message);
    await expectOldRows();
    await exportRows(engine.exports, scores, ['a', '2024-06-01', 0.5]);
    expect(await load(), 'the same connection loads again').toEqual({ scores: 1, days: 1 });
  });

  test('that fails on a gzip file cut short leaves the old rows', async () => {
    await loadedBefore();
    const lines = Array.from({ length: 20_000 }, (_, i) => `"user ${i}",2024-05-01,${i / 20_000}\n`).join('');
    const whole = gzipSync(header + lines);
    await writeFile(path.join(engine.exports, 'scores/part-00000.csv.gz'), whole.subarray(0, whole.length / 2));
    await expect(load()).rejects.toThrow(
      /exports of scores must be loaded whole, got unexpected end of file \(scores\/part-00000.csv.gz\)/,
    );
    await expectOldRows();
  });

  test('fails when a table has no exports', async () => {
    await mkdir(path.join(engine.exports, 'days'), { recursive: true });
    await expect(load()).rejects.toThrow(/exports must be in a folder that can be read, got .*scores: ENOENT/);
    expect(await tableCounts(engine.warehouse, TABLES), 'nothing is made').toEqual({ scores: 0, days: 0 });
  });

  test('of more than one part takes each record once, and names the line of the file', async () => {
    // 18 MB: PGlite takes it in three parts. Line breaks within quotes must not be taken for ends of records.
    const text = 'x'.repeat(280);
    const lines = (count: number) => Array.from({ length: count }, (_, i) => `"${i}\n""${text}",2024-05-01,${i}\n`).join('');
    await exportRows(engine.exports, days);
    await exportText(engine.exports, scores, header + lines(60_000));
    expect(await load()).toEqual({ scores: 60_000, days: 0 });
    const check = 'SELECT count(*) AS n, sum(probability) AS total, min(length(user_id)) AS shortest FROM millrace.scores';
    expect(await rowsOf(check)).toEqual([{ n: 60_000, total: (60_000 * 59_999) / 2, shortest: 283 }]);
    await exportText(engine.exports, scores, header + lines(40_000) + '"y",2024-05-01,much\n' + lines(10));
    await expect(load()).rejects.toThrow(/line 80002, column probability/);
  });

  test('reset drops the tables of its data sets', async () => {
    await loadedBefore();
    await reset(engine.warehouse, [scores]);
    expect(await tableCounts(engine.warehouse, TABLES)).toEqual({ scores: 0, days: 1 });
  });
});
