import { column, dataset } from '../dataset.ts';
import { probability, requiredInteger, requiredText, text } from '../fields.ts';

const count = (name: string, description: string) => column(requiredInteger, { name, type: 'long', description });

export const examQuestionResults = dataset({
  name: 'exam_question_results',
  description: 'One row a question of an exam, with how well it was answered',
  key: ['base_exam_id', 'question_id'],
  columns: {
    base_exam_id: column(requiredText, { name: 'base_exam_id', type: 'string', description: 'Exam', role: 'key' }),
    question_id: column(requiredText, { name: 'question_id', type: 'string', description: 'Question', role: 'key' }),
    exam_name: column(text, { name: 'exam_name', type: 'string', description: 'Title of the exam', maxBytes: 1024 }),
    asked: count('asked', 'Attempts that it was asked in and whose message says whether the answer was right'),
    answered: count('answered', 'Of these, attempts that answered it'),
    correct: count('correct', 'Of these, attempts that answered it right'),
    share_correct: column(probability, { name: 'share_correct', type: 'double', description: 'Answered right over asked' }),
  },
});
