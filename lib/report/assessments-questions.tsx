/** @jsxRuntime automatic @jsxImportSource preact */
import { MOST_ROWS, type AssessmentsData, type Question } from './assessments-data.ts';
import { count, counted, percent } from './format.ts';
import { Bar, Section } from './page.tsx';
import { Ranking } from './ranking.tsx';
import { SortableTable, type TableColumn } from './table.tsx';

const MOST_BARS = 10;
const PAGE_SIZE = 20;

/** Which questions people get wrong. */
export function QuestionsSection({ data: { totals, questions } }: { data: AssessmentsData }) {
  if (!totals || questions.length === 0) return null;
  const shown = questions.slice(0, MOST_BARS);
  const all = counted(totals.questions, 'question');
  return (
    <Section
      id="questions"
      title="Hardest questions"
      lede="By the share who answered them right, as if two more had been asked and one had known: what one person got wrong does not come before what hundreds did."
    >
      <Ranking
        title="Answered wrong, in part or not at all"
        description={`${shown.length < totals.questions ? `The ${count(shown.length)} hardest of ${all}` : `All ${all}, the hardest first`}; questions go by their id`}
        items={shown.map((question) => ({
          name: question.id,
          more: question.examName ?? question.examId,
          value: hardness(question),
          shown: `${percent(wrong(question))} of ${count(question.asked)}`,
        }))}
      />
      <details>
        <summary>{totals.questions > MOST_ROWS ? `The ${count(MOST_ROWS)} hardest of ${all}` : `All ${all}`} as a table</summary>
        <SortableTable
          id="questions-table"
          caption="Questions, the hardest first"
          columns={COLUMNS}
          rows={questions}
          sortedBy={{ area: 'rank', direction: 'ascending' }}
          pageSize={PAGE_SIZE}
          noun={['question', 'questions']}
          fileName="questions.csv"
          filterHint="Exam, id…"
          layout="figures"
        />
      </details>
    </Section>
  );
}

const right = ({ asked, correct }: Question) => (asked > 0 ? correct / asked : 0);
const wrong = (question: Question) => 1 - right(question);
/** What questions are ranked by, as `QUESTIONS` of the queries has it. */
const hardness = ({ asked, correct }: Question) => 1 - (correct + 1) / (asked + 2);

const COLUMNS: TableColumn<Question>[] = [
  {
    title: 'Question',
    area: 'name',
    sortBy: ({ examName, examId, id }) => `${examName ?? examId} ${id}`,
    cell: ({ id, examName, examId }) => (
      <>
        <b data-part dir="auto">
          {examName ?? examId}
        </b>
        <small data-part>{id}</small>
      </>
    ),
  },
  {
    title: 'Asked',
    area: 'asked',
    numeric: true,
    firstSort: 'descending',
    sortBy: ({ asked }) => asked,
    cell: ({ asked }) => count(asked),
  },
  {
    title: 'Answered right',
    area: 'share',
    numeric: true,
    sortBy: right,
    cell: (question) => (
      <>
        <span data-part>{percent(right(question))}</span>
        <Bar share={right(question)} />
      </>
    ),
  },
];
