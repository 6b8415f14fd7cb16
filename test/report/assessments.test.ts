import { expect, test } from 'vitest';
import type { AssessmentsData } from '../../lib/report/assessments-data.ts';
import { renderAssessmentsReport } from '../../lib/report/assessments.tsx';
import type { RunFacts } from '../../lib/report/run.tsx';
import { dataFixture, landedFixture, runFixture } from './assessments-fixture.ts';
import { rowsOf, textOf } from './page-text.ts';

const page = (data: Partial<AssessmentsData> = {}, run: Partial<RunFacts> = {}) =>
  renderAssessmentsReport({
    run: runFixture(run),
    data: dataFixture(data),
    rejects: [{ source: 'a.jsonl', line: 3, reason: 'too large' }],
  });
const bars = (html: string, title: string) =>
  [
    ...html
      .split(`<h3>${title}</h3>`)[1]!
      .split('</figure>')[0]!
      .matchAll(/<li>([\s\S]*?)<\/li>/g),
  ].map(([, item]) => [textOf(item!).trim(), /width:([\d.]+)%/.exec(item!)![1]]);

test('the page begins with how many attempts there were, and how well they did', () => {
  const text = textOf(page());
  expect(text).toContain('40 attempts at 3 exams, 51% right on average');
  expect(text).toMatch(/assessments report · 23\s?–\s?25 January 2018/);
  expect(text).toContain('All right 11% 4 of 38 scored attempts');
});

test('exams are ranked by attempts, and by how well they were answered; one without a title goes by its id', () => {
  expect(bars(page(), 'Attempts')).toEqual([
    ['Streams 20', '100.0'],
    ['Lakes 15', '75.0'],
    ['e3 5', '25.0'],
  ]);
  expect(bars(page(), 'Answered right').map(([name]) => name)).toEqual(['Lakes 65%', 'e3 50%', 'Streams 40%']);
});

test('scores are told in tenths, and attempts that have none are told apart', () => {
  const html = page();
  expect(textOf(html)).toContain('26% of 38 scored attempts answered 50% to 60% of their questions right. 2 attempts cannot be scored');
  expect(rowsOf(html, 'Attempts by score').at(-1)).toEqual(['90% or more', '4', '11%']);
  expect(textOf(page({ totals: { ...dataFixture().totals!, scored: 0 } }))).toContain(
    'No message says how many questions were answered right.',
  );
});

test('the hardest questions lead, each with who was asked', () => {
  expect(bars(page(), 'Answered wrong, in part or not at all').map(([name]) => name)).toEqual([
    'q1 Streams 90% of 20',
    'q2 e3 100% of 2',
    'q3 Lakes 6.7% of 15',
  ]);
});

test('what was landed is told, and what never will be', () => {
  expect(textOf(page())).toContain('12 messages came since the last run.');
  const skipped = [
    { partition: 2, from: 5, to: 9 },
    { partition: 0, from: 7, to: null },
  ];
  const text = textOf(page({}, { landed: landedFixture({ new: 0, skipped }) }));
  expect(text).toContain('No new message had come since the last run.');
  expect(text).toMatch(/Partition 2 *: offsets 5 to 8 +will never be landed/);
  expect(text).toMatch(/Partition 0 *: what came from offset 7 on, before the topic was made anew, +will never be landed/);
});

test('a run that landed nothing yet has a page all the same', () => {
  const empty = { totals: null, exams: [], tenths: Array<number>(10).fill(0), questions: [] };
  const text = textOf(page(empty, { landed: landedFixture({ new: 0, before: 0 }) }));
  expect(text).toContain('No attempt has been landed yet');
  expect(text).toContain('The topic has been empty so far.');
});

test('text of messages is never markup', () => {
  const hostile = '<script>alert(1)</script>';
  const exams = [{ ...dataFixture().exams[0]!, name: hostile }];
  const questions = [{ ...dataFixture().questions[0]!, id: hostile, examName: hostile }];
  expect(page({ exams, questions })).not.toContain(hostile);
});

test('the same data gives the same bytes', () => {
  expect(page()).toBe(page());
});

test('quarantined attempts are told once, with what was landed', () => {
  const text = textOf(page({}, { landed: landedFixture({ quarantined: 7 }) }));
  expect(text.match(/\d+ quarantined|quarantined \d+/gi) ?? []).not.toContain('0 quarantined');
  expect(text.split('Where the events went')[1]).not.toContain('quarantined');
});
