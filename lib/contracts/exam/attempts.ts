import { column, dataset } from '../dataset.ts';
import { identifier, requiredIdentifier, requiredInteger, requiredText } from '../fields.ts';
import { moment, wholeNumber, yesOrNo } from './values.ts';

const count = (name: string, description: string) => column(wholeNumber, { name, type: 'int', description });

/** An attempt at an exam, less its questions. What real messages lack is null; an exam that is not named is no attempt. */
export const examAttempts = dataset({
  name: 'exam_attempts',
  description: 'One row an attempt at an exam as a message brought it; one that was delivered twice is here twice',
  key: ['attempt_id'],
  columns: {
    attempt_id: column(requiredText, {
      name: 'attempt_id',
      type: 'string',
      description: 'The message and the place of the attempt in it, joined by /',
      role: 'key',
    }),
    message_id: column(requiredText, { name: 'message_id', type: 'string', description: 'Message it came in', role: 'key' }),
    position: column(requiredInteger, {
      name: 'position',
      type: 'int',
      description: 'Place in the array of attempts that the message is, from 0; 0 where it is no array',
      role: 'key',
    }),
    keen_id: column(identifier, { name: 'keen_id', type: 'string', description: 'Event that told of the attempt' }),
    keen_timestamp: column(moment, { name: 'keen_timestamp', type: 'timestamp', description: 'When the event happened' }),
    keen_created_at: column(moment, { name: 'keen_created_at', type: 'timestamp', description: 'When the event was taken in' }),
    user_exam_id: column(identifier, { name: 'user_exam_id', type: 'string', description: 'The attempt as the exam software names it' }),
    base_exam_id: column(requiredIdentifier, { name: 'base_exam_id', type: 'string', description: 'Exam' }),
    exam_name: column(identifier, { name: 'exam_name', type: 'string', description: 'Title of the exam', maxBytes: 1024 }),
    certification: column(yesOrNo, { name: 'certification', type: 'boolean', description: 'Whether the exam certifies' }),
    max_attempts: column(wholeNumber, { name: 'max_attempts', type: 'int', description: 'Attempts that are allowed' }),
    started_at: column(moment, { name: 'started_at', type: 'timestamp', description: 'When the attempt began' }),
    'sequences.id': column(identifier, { name: 'sequence_id', type: 'string', description: 'Sequence of questions asked' }),
    'sequences.attempt': count('sequence_attempt', 'Number of the attempt at the sequence'),
    'sequences.counts.total': count('total', 'Questions of the exam'),
    'sequences.counts.submitted': count('submitted', 'Questions answered'),
    'sequences.counts.correct': count('correct', 'Questions answered right'),
    'sequences.counts.incorrect': count('incorrect', 'Questions answered wrong'),
    'sequences.counts.incomplete': count('incomplete', 'Questions answered in part'),
    'sequences.counts.unanswered': count('unanswered', 'Questions not answered'),
    'sequences.counts.all_correct': column(yesOrNo, {
      name: 'all_correct',
      type: 'boolean',
      description: 'Whether every question was answered right',
    }),
  },
});
