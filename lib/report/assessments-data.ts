import { numberOrNull, textOrNull, type QueryableWarehouse, type Row } from './rows.ts';

/** An exam, with how well its attempts did. */
export interface Exam {
  readonly id: string;
  readonly name: string | null;
  readonly attempts: number;
  /** Attempts whose message says how many answers were right. */
  readonly scored: number;
  readonly allCorrect: number;
  /** Mean of the scored attempts' shares; null where none is scored. */
  readonly shareCorrect: number | null;
}

export interface Question {
  readonly id: string;
  readonly examId: string;
  readonly examName: string | null;
  readonly asked: number;
  readonly correct: number;
}

export interface Totals {
  readonly attempts: number;
  readonly scored: number;
  readonly shareCorrect: number | null;
  readonly allCorrect: number;
  readonly exams: number;
  readonly questions: number;
  /** When the first and the last attempt began, seconds since 1970; null where none says. */
  readonly first: number | null;
  readonly last: number | null;
}

/** What the report asks of the warehouse. */
export interface AssessmentsData {
  /** Null where no attempt has been landed. */
  readonly totals: Totals | null;
  /** Those with the most attempts first, {@link MOST_ROWS} at most. */
  readonly exams: readonly Exam[];
  /** Scored attempts by the tenth that their share of right answers is in; all right is in the last one. */
  readonly tenths: readonly number[];
  /** The hardest first, {@link MOST_ROWS} at most. */
  readonly questions: readonly Question[];
}

export const MOST_ROWS = 500;
const TENTHS = 10;

const TOTALS = `
select count(*) as attempts, count(share_correct) as scored, avg(share_correct) as share_correct,
       sum(case when share_correct = 1 then 1 else 0 end) as all_correct, count(distinct base_exam_id) as exams,
       (select count(*) from millrace.exam_question_results) as questions,
       floor(extract(epoch from min(started_at))) as first_second, floor(extract(epoch from max(started_at))) as last_second
  from millrace.exam_scores`;

const EXAMS = `
select base_exam_id, exam_name, attempts, scored, all_correct, share_correct
  from millrace.exam_results
 order by attempts desc, exam_name, base_exam_id
 limit ${MOST_ROWS}`;

const TENTHS_OF_SCORES = `
select tenth, count(*) as attempts
  from (select case when share_correct >= 1 then ${TENTHS - 1} else floor(share_correct * ${TENTHS}) end as tenth
          from millrace.exam_scores
         where share_correct is not null) as scored
 group by tenth`;

// As if two more had been asked it, and one of them had known: a question that one person got wrong does not lead one that hundreds did.
const QUESTIONS = `
select base_exam_id, question_id, exam_name, asked, correct
  from millrace.exam_question_results
 order by (correct + 1.0) / (asked + 2), asked desc, question_id
 limit ${MOST_ROWS}`;

export async function fetchAssessmentsData(warehouse: QueryableWarehouse): Promise<AssessmentsData> {
  const [totals] = await warehouse.query(TOTALS);
  const tenths = new Map((await warehouse.query(TENTHS_OF_SCORES)).map((row) => [Number(row['tenth']), Number(row['attempts'])]));
  return {
    totals: toTotals(totals),
    exams: (await warehouse.query(EXAMS)).map(toExam),
    tenths: Array.from({ length: TENTHS }, (_, tenth) => tenths.get(tenth) ?? 0),
    questions: (await warehouse.query(QUESTIONS)).map(toQuestion),
  };
}

function toTotals(row: Row | undefined): Totals | null {
  if (!row || Number(row['attempts']) === 0) return null;
  return {
    attempts: Number(row['attempts']),
    scored: Number(row['scored']),
    shareCorrect: numberOrNull(row['share_correct']),
    allCorrect: Number(row['all_correct']),
    exams: Number(row['exams']),
    questions: Number(row['questions']),
    first: numberOrNull(row['first_second']),
    last: numberOrNull(row['last_second']),
  };
}

function toExam(row: Row): Exam {
  return {
    id: String(row['base_exam_id']),
    name: textOrNull(row['exam_name']),
    attempts: Number(row['attempts']),
    scored: Number(row['scored']),
    allCorrect: Number(row['all_correct']),
    shareCorrect: numberOrNull(row['share_correct']),
  };
}

function toQuestion(row: Row): Question {
  return {
    id: String(row['question_id']),
    examId: String(row['base_exam_id']),
    examName: textOrNull(row['exam_name']),
    asked: Number(row['asked']),
    correct: Number(row['correct']),
  };
}
