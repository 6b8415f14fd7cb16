import { column, dataset } from '../dataset.ts';
import { identifier, requiredInteger, requiredText } from '../fields.ts';
import { moment, wholeNumber, yesOrNo } from './values.ts';

export const examOptions = dataset({
  name: 'exam_options',
  description: 'One row an option of a question of an attempt',
  key: ['attempt_id', 'question_number', 'option_number'],
  columns: {
    attempt_id: column(requiredText, { name: 'attempt_id', type: 'string', description: 'Attempt the question was asked in', role: 'key' }),
    question_number: column(requiredInteger, {
      name: 'question_number',
      type: 'int',
      description: 'Place of the question in the attempt, from 1',
      role: 'key',
    }),
    option_number: column(requiredInteger, {
      name: 'option_number',
      type: 'int',
      description: 'Place among the options of the question, from 1',
      role: 'key',
    }),
    id: column(identifier, { name: 'option_id', type: 'string', description: 'Option, the same in all attempts at an exam' }),
    checked: column(yesOrNo, { name: 'checked', type: 'boolean', description: 'Whether it was chosen' }),
    correct: column(yesOrNo, { name: 'correct', type: 'boolean', description: 'True where the option is right; left out where it is not' }),
    submitted: column(wholeNumber, { name: 'submitted', type: 'int', description: '1 where it was handed in' }),
    at: column(moment, { name: 'at', type: 'timestamp', description: 'When it was last chosen, or unchosen' }),
  },
});
