import type { Dataset } from '../dataset.ts';
import { examAttempts } from './attempts.ts';
import { examMessages } from './messages.ts';
import { examOptions } from './options.ts';
import { examQuestionResults } from './question-results.ts';
import { examQuestions } from './questions.ts';
import { examResults } from './results.ts';
import { examScores } from './scores.ts';

/** What landing writes: the messages, and the rows that lie in them. */
export const LANDED: readonly Dataset[] = [examMessages, examAttempts, examQuestions, examOptions];
/** What is made of them for people: what the warehouse holds. */
export const RESULTS: readonly Dataset[] = [examScores, examResults, examQuestionResults];
