/** @jsxRuntime automatic @jsxImportSource preact */
import type { AssessmentsData, Exam } from './assessments-data.ts';
import { count, counted, percent } from './format.ts';
import { Bar, Notice, Section } from './page.tsx';
import { Ranking } from './ranking.tsx';
import { SortableTable, type TableColumn } from './table.tsx';

const MOST_BARS = 10;
const PAGE_SIZE = 20;

/** Which exams were taken, and how well. */
export function ExamsSection({ data: { totals, exams } }: { data: AssessmentsData }) {
  const title = 'Attempts by exam';
  if (!totals) {
    return (
      <Section id="exams" title={title}>
        <Notice>No attempt has been landed yet.</Notice>
      </Section>
    );
  }
  const shown = exams.slice(0, MOST_BARS);
  const scored = exams.filter(({ shareCorrect }) => shareCorrect !== null).slice(0, MOST_BARS);
  const all = counted(totals.exams, 'exam');
  const which =
    shown.length < totals.exams ? `The first ${count(shown.length)} of ${all}` : totals.exams === 1 ? 'The only one' : `All ${all}`;
  return (
    <Section id="exams" title={title} lede="An attempt counts once, however often it was delivered: as its last delivery says.">
      <div class="pair">
        <Ranking
          title="Attempts"
          description={`${which}, by attempts`}
          items={shown.map((exam) => ({ name: nameOf(exam), value: exam.attempts, shown: count(exam.attempts) }))}
        />
        <Ranking
          title="Answered right"
          description="The same exams, mean share of the questions of an attempt"
          items={scored
            .toSorted((left, right) => right.shareCorrect! - left.shareCorrect!)
            .map((exam) => ({ name: nameOf(exam), value: exam.shareCorrect!, shown: percent(exam.shareCorrect) }))}
        />
      </div>
      <details>
        <summary>{exams.length < totals.exams ? `The ${count(exams.length)} most taken of ${all}` : `All ${all}`} as a table</summary>
        <SortableTable
          id="exams-table"
          caption="Exams by attempts"
          columns={columnsFor(exams[0]?.attempts ?? 0)}
          rows={exams}
          sortedBy={{ area: 'attempts', direction: 'descending' }}
          pageSize={PAGE_SIZE}
          noun={['exam', 'exams']}
          fileName="exams.csv"
          filterHint="Title…"
          layout="figures"
        />
      </details>
    </Section>
  );
}

/** An exam by its title, or by its id where no message says one. */
const nameOf = ({ name, id }: Pick<Exam, 'name' | 'id'>) => name ?? id;

function columnsFor(most: number): TableColumn<Exam>[] {
  return [
    {
      title: 'Exam',
      area: 'name',
      sortBy: nameOf,
      cell: (exam) => (
        <b data-part dir="auto">
          {nameOf(exam)}
        </b>
      ),
    },
    {
      title: 'Attempts',
      area: 'attempts',
      numeric: true,
      firstSort: 'descending',
      sortBy: ({ attempts }) => attempts,
      cell: ({ attempts }) => (
        <>
          <span data-part>{count(attempts)}</span>
          <Bar share={most > 0 ? attempts / most : 0} />
        </>
      ),
    },
    {
      title: 'Answered right',
      area: 'share',
      numeric: true,
      firstSort: 'descending',
      sortBy: ({ shareCorrect }) => shareCorrect,
      cell: ({ shareCorrect }) => percent(shareCorrect),
    },
    {
      title: 'All right',
      area: 'all',
      numeric: true,
      firstSort: 'descending',
      sortBy: ({ allCorrect }) => allCorrect,
      cell: ({ allCorrect, scored }) => `${count(allCorrect)} of ${count(scored)}`,
    },
  ];
}
