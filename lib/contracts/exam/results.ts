import { column, dataset } from '../dataset.ts';
import { probability, requiredInteger, requiredText, text, timestamp } from '../fields.ts';

const count = (name: string, description: string) => column(requiredInteger, { name, type: 'long', description });

export const examResults = dataset({
  name: 'exam_results',
  description: 'One row an exam, with how well its attempts did',
  key: ['base_exam_id'],
  columns: {
    base_exam_id: column(requiredText, { name: 'base_exam_id', type: 'string', description: 'Exam', role: 'key' }),
    exam_name: column(text, { name: 'exam_name', type: 'string', description: 'Title of the exam', maxBytes: 1024 }),
    attempts: count('attempts', 'Attempts, each counted once'),
    scored: count('scored', 'Attempts whose message says how many questions there were and how many were answered right'),
    all_correct: count('all_correct', 'Scored attempts that answered every question right'),
    share_correct: column(probability, {
      name: 'share_correct',
      type: 'double',
      description: "Mean of the scored attempts' shares of questions answered right",
    }),
    first_started_at: column(timestamp, { name: 'first_started_at', type: 'timestamp', description: 'When the first attempt began' }),
    last_started_at: column(timestamp, { name: 'last_started_at', type: 'timestamp', description: 'When the last attempt began' }),
  },
});
