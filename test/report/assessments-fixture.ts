import type { LandedCounts } from '../../lib/pipelines/step-result.ts';
import type { AssessmentsData } from '../../lib/report/assessments-data.ts';
import type { RunFacts } from '../../lib/report/run.tsx';

export function landedFixture(changes: Partial<LandedCounts> = {}): LandedCounts {
  return { new: 12, before: 30, again: 0, quarantined: 1, skipped: [], tables: { exam_attempts: 14, exam_questions: 80 }, ...changes };
}

export function runFixture(changes: Partial<RunFacts> = {}): RunFacts {
  return {
    input: ['attempts.jsonl'],
    startedAt: '2026-11-21T11:00:00.000Z',
    seconds: 61,
    steps: [{ name: 'land', seconds: 12, rowsIn: 12, rowsOut: 14 }],
    warehouse: { engine: 'pglite 18.6', tables: { exam_scores: 40 } },
    events: { read: 13, produced: 12, rejected: 1, alreadySent: 0, ingested: 12, quarantined: 0, duplicates: 0 },
    landed: landedFixture(),
    ...changes,
  };
}

export function dataFixture(changes: Partial<AssessmentsData> = {}): AssessmentsData {
  return {
    totals: {
      ...{ attempts: 40, scored: 38, shareCorrect: 0.51, allCorrect: 4, exams: 3, questions: 3 },
      ...{ first: Date.UTC(2018, 0, 23) / 1000, last: Date.UTC(2018, 0, 25) / 1000 },
    },
    exams: [
      { id: 'e1', name: 'Streams', attempts: 20, scored: 20, allCorrect: 2, shareCorrect: 0.4 },
      { id: 'e2', name: 'Lakes', attempts: 15, scored: 15, allCorrect: 2, shareCorrect: 0.65 },
      { id: 'e3', name: null, attempts: 5, scored: 3, allCorrect: 0, shareCorrect: 0.5 },
    ],
    tenths: [1, 2, 3, 4, 5, 10, 5, 2, 2, 4],
    questions: [
      { id: 'q1', examId: 'e1', examName: 'Streams', asked: 20, correct: 2 },
      { id: 'q2', examId: 'e3', examName: null, asked: 2, correct: 0 },
      { id: 'q3', examId: 'e2', examName: 'Lakes', asked: 15, correct: 14 },
    ],
    ...changes,
  };
}
