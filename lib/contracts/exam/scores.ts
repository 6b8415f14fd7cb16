import { column, dataset } from '../dataset.ts';
import { integer, probability, requiredText, text, timestamp } from '../fields.ts';

/** What exam_attempts holds as often as it was delivered is here once: what people count. */
export const examScores = dataset({
  name: 'exam_scores',
  description: 'One row an attempt at an exam, however often it was delivered, with its score',
  key: ['attempt'],
  columns: {
    attempt: column(requiredText, {
      name: 'attempt',
      type: 'string',
      description: 'What tells attempts apart: user_exam_id, else keen_id, else attempt_id',
      role: 'key',
    }),
    attempt_id: column(requiredText, { name: 'attempt_id', type: 'string', description: 'Row of the lake it is from: its last delivery' }),
    base_exam_id: column(requiredText, { name: 'base_exam_id', type: 'string', description: 'Exam' }),
    exam_name: column(text, { name: 'exam_name', type: 'string', description: 'Title of the exam', maxBytes: 1024 }),
    started_at: column(timestamp, {
      name: 'started_at',
      type: 'timestamp',
      description: 'When the attempt began; where the message does not say, when it was told of or sent',
    }),
    questions: column(integer, { name: 'questions', type: 'int', description: 'Questions of the exam; null where the message has none' }),
    correct: column(integer, { name: 'correct', type: 'int', description: 'Questions answered right; null where the message has none' }),
    share_correct: column(probability, {
      name: 'share_correct',
      type: 'double',
      description: 'Questions answered right over questions of the exam; null where either is not known',
    }),
  },
});
