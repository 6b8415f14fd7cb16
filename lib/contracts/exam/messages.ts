import { column, dataset } from '../dataset.ts';
import { requiredText, text } from '../fields.ts';
import { examAttempts } from './attempts.ts';
import { examOptions } from './options.ts';
import { examQuestions } from './questions.ts';

/** Every message of the topic, byte for byte; all other tables can be made again from it. */
export const examMessages = dataset({
  name: 'exam_messages',
  description: 'One row a message of exam attempts, as it came',
  key: ['message_id'],
  message: { rows: examAttempts, lists: { 'sequences.questions': { rows: examQuestions, lists: { options: { rows: examOptions } } } } },
  columns: {
    message_id: column(requiredText, {
      name: 'message_id',
      type: 'string',
      description: 'Where the message is: topic id, partition and offset, joined by /',
      role: 'key',
    }),
    record_key: column(text, { name: 'record_key', type: 'binary', description: 'Key of the message as it came' }),
    record_value: column(text, { name: 'record_value', type: 'binary', description: 'Value of the message as it came' }),
  },
});
