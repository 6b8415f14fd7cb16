import { column, dataset } from '../dataset.ts';
import { identifier, requiredInteger, requiredText } from '../fields.ts';
import { yesOrNo } from './values.ts';

export const examQuestions = dataset({
  name: 'exam_questions',
  description: 'One row a question of an attempt, with what became of it',
  key: ['attempt_id', 'question_number'],
  columns: {
    attempt_id: column(requiredText, { name: 'attempt_id', type: 'string', description: 'Attempt the question was asked in', role: 'key' }),
    question_number: column(requiredInteger, {
      name: 'question_number',
      type: 'int',
      description: 'Place among the questions of the attempt, from 1',
      role: 'key',
    }),
    id: column(identifier, { name: 'question_id', type: 'string', description: 'Question, the same in all attempts at an exam' }),
    user_correct: column(yesOrNo, { name: 'user_correct', type: 'boolean', description: 'Whether it was answered right' }),
    user_incomplete: column(yesOrNo, { name: 'user_incomplete', type: 'boolean', description: 'Whether right answers were missed' }),
    user_submitted: column(yesOrNo, { name: 'user_submitted', type: 'boolean', description: 'Whether it was answered' }),
    user_result: column(identifier, {
      name: 'user_result',
      type: 'string',
      description: 'correct, incorrect, missed_some or unanswered',
    }),
  },
});
