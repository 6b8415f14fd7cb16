import { cumulative, Random } from './random.ts';
import { EXAMS, id, knows, type Exam, type Question } from './exams.ts';

/** Popularity falls with the rank. */
const POPULARITY = cumulative(EXAMS.map((_, rank) => (rank + 1) ** -0.7));
const FIRST_MS = Date.UTC(2026, 5, 1);
const MEAN_SECONDS_BETWEEN = 90;
/** Shares of attempts whose message lacks a part, as real ones do. */
const LACKS = { sequences: 0.01, counts: 0.02, startedAt: 0.01, eventId: 0.02, options: 0.02 };
const UNANSWERED_SHARE = 0.05;
/** Share of attempts that are delivered twice, the second time under another event's id. */
const TWICE_SHARE = 0.02;
/** Share of messages that hold this attempt and the next ones as an array. */
const ARRAY_SHARE = 0.02;

type Attempt = Readonly<Record<string, unknown>>;
type Result = 'correct' | 'incorrect' | 'missed_some' | 'unanswered';

/** Lines of a file: an attempt each, some of them an array. Each attempt draws from a stream of its own. */
export function* attemptLines(seed: number, attempts: number): Generator<{ readonly line: string; readonly attempts: number }> {
  let at = FIRST_MS;
  let array: Attempt[] = [];
  let wanted = 1;
  for (let number = 0; number < attempts; number++) {
    const random = new Random(seed, number);
    at += random.exponential(MEAN_SECONDS_BETWEEN) * 1000;
    const made = attempt(random, Math.floor(at));
    if (array.length === 0) wanted = random.chance(ARRAY_SHARE) ? random.integer(2, 4) : 1;
    array.push(made);
    if (array.length < wanted && number < attempts - 1) continue;
    yield { line: `${JSON.stringify(wanted === 1 ? made : array)}\n`, attempts: array.length };
    array = [];
    if (random.chance(TWICE_SHARE)) yield { line: `${JSON.stringify({ ...made, keen_id: eventId(random) })}\n`, attempts: 0 };
  }
}

function attempt(random: Random, startedMs: number): Attempt {
  const exam = EXAMS[random.weighted(POPULARITY)]!;
  const ability = random.normal();
  const told = (startedMs / 1000 + random.between(20, 400)).toFixed(6);
  const questions = exam.questions.map((question) => answered(random, question, ability, startedMs));
  return {
    keen_timestamp: told,
    max_attempts: `${exam.maxAttempts}.0`,
    ...(!random.chance(LACKS.startedAt) && { started_at: new Date(startedMs).toISOString() }),
    base_exam_id: exam.id,
    user_exam_id: id(random),
    ...(!random.chance(LACKS.sequences) && { sequences: sequences(random, exam, questions) }),
    keen_created_at: told,
    certification: String(exam.certification),
    ...(!random.chance(LACKS.eventId) && { keen_id: eventId(random) }),
    exam_name: exam.title,
  };
}

type Answered = ReturnType<typeof answered>;

function answered(random: Random, question: Question, ability: number, startedMs: number) {
  const right = random.chance(knows(ability, question.difficulty));
  const several = question.options.filter(({ correct }) => correct).length > 1;
  const result: Result = right
    ? 'correct'
    : random.chance(UNANSWERED_SHARE)
      ? 'unanswered'
      : several && random.chance(0.5)
        ? 'missed_some'
        : 'incorrect';
  const options = question.options.map((option, index) => {
    const checked = isChecked(result, option.correct, index);
    const at = new Date(startedMs + random.integer(5, 300) * 1000).toISOString();
    return { checked, ...(checked && { at, submitted: 1 }), id: option.id, ...(option.correct && { correct: true }) };
  });
  return {
    user_incomplete: result === 'missed_some',
    user_correct: right,
    ...(!random.chance(LACKS.options) && { options }),
    user_submitted: result !== 'unanswered',
    id: question.id,
    user_result: result,
  };
}

function isChecked(result: Result, correct: boolean, index: number): boolean {
  if (result === 'unanswered') return false;
  if (result === 'missed_some') return correct && index === 0;
  return result === 'correct' ? correct : !correct;
}

function sequences(random: Random, { sequenceId }: Exam, questions: readonly Answered[]) {
  const number = (result: Result) => questions.filter((each) => each.user_result === result).length;
  const counts = {
    incomplete: number('missed_some'),
    submitted: questions.length - number('unanswered'),
    incorrect: number('incorrect'),
    all_correct: number('correct') === questions.length,
    correct: number('correct'),
    total: questions.length,
    unanswered: number('unanswered'),
  };
  return { questions, attempt: 1, id: sequenceId, ...(!random.chance(LACKS.counts) && { counts }) };
}

/** 24 digits, as those of the published attempts. */
function eventId(random: Random): string {
  return id(random).replaceAll('-', '').slice(0, 24);
}
