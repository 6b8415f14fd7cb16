import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RESULTS } from '../../lib/contracts/exam/index.ts';
import { tableDdl } from '../../lib/contracts/render/ddl.ts';
import { fetchAssessmentsData } from '../../lib/report/assessments-data.ts';
import type { QueryableWarehouse } from '../../lib/report/rows.ts';

let database: PGlite;
const warehouse: QueryableWarehouse = { query: async (sql, params) => (await database.query<Record<string, unknown>>(sql, params)).rows };

beforeAll(async () => {
  database = new PGlite();
  // Another time zone than UTC: what is asked for in UTC must not depend on the server's.
  await database.exec(`create schema millrace; set time zone 'Asia/Tokyo'`);
  for (const dataset of RESULTS) await database.exec(tableDdl('postgresql', 'millrace', dataset).join(';'));
}, 60_000);
afterAll(() => database.close());

async function fill(table: string, rows: readonly object[]) {
  await database.exec(`truncate millrace."${table}"`);
  if (rows.length > 0)
    await database.query(`insert into millrace."${table}" select * from json_populate_recordset(null::millrace."${table}", $1)`, [
      JSON.stringify(rows),
    ]);
}

const score = (attempt: string, share: number | null, more: object = {}) => ({
  ...{ attempt, attempt_id: `t/0/0/${attempt}`, base_exam_id: 'e1', exam_name: 'Streams', started_at: '2018-01-23T12:00:00Z' },
  ...{ questions: 4, correct: null, share_correct: share, ...more },
});

test('a warehouse without attempts has nothing to tell', async () => {
  for (const { name } of RESULTS) await fill(name, []);
  expect(await fetchAssessmentsData(warehouse)).toEqual({ totals: null, exams: [], tenths: Array(10).fill(0), questions: [] });
});

test('totals are those of all attempts, scores of those that can be scored', async () => {
  const shares = [0, 0.09, 0.1, 0.5, 0.95, 1, 1, null];
  const rows = shares.map((share, index) => score(`u${index}`, share));
  await fill('exam_scores', [...rows, score('last', 0.5, { base_exam_id: 'e2', started_at: '2018-01-24T00:00:00Z' })]);
  const { totals, tenths } = await fetchAssessmentsData(warehouse);
  expect(tenths).toEqual([2, 1, 0, 0, 0, 2, 0, 0, 0, 3]);
  expect(totals).toMatchObject({ attempts: 9, scored: 8, exams: 2, allCorrect: 2 });
  expect(totals!.shareCorrect).toBeCloseTo((0 + 0.09 + 0.1 + 0.5 + 0.95 + 1 + 1 + 0.5) / 8, 12);
  expect([totals!.first, totals!.last]).toEqual([Date.UTC(2018, 0, 23, 12) / 1000, Date.UTC(2018, 0, 24) / 1000]);
});

test('exams come by attempts, questions the hardest first, and few answers prove less than many', async () => {
  await fill('exam_results', [
    { base_exam_id: 'e1', exam_name: null, attempts: 3, scored: 0, all_correct: 0, share_correct: null },
    { base_exam_id: 'e2', exam_name: 'Streams', attempts: 30, scored: 20, all_correct: 2, share_correct: 0.5 },
  ]);
  await fill(
    'exam_question_results',
    [
      ['q-easy', 100, 90],
      ['q-once', 1, 0],
      ['q-hard', 100, 10],
    ].map(([id, asked, correct]) => ({
      ...{ base_exam_id: 'e2', question_id: id, exam_name: 'Streams', asked, answered: asked, correct },
      share_correct: Number(correct) / Number(asked),
    })),
  );
  const { exams, questions } = await fetchAssessmentsData(warehouse);
  expect(exams).toEqual([
    { id: 'e2', name: 'Streams', attempts: 30, scored: 20, allCorrect: 2, shareCorrect: 0.5 },
    { id: 'e1', name: null, attempts: 3, scored: 0, allCorrect: 0, shareCorrect: null },
  ]);
  expect(questions.map(({ id, asked, correct }) => [id, asked, correct])).toEqual([
    ['q-hard', 100, 10],
    ['q-once', 1, 0],
    ['q-easy', 100, 90],
  ]);
});
