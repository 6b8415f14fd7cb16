import { Random } from './random.ts';

/** The exams are the same for every seed, as a school's are for all who take them. */
const EXAMS_SEED = 20_260_301;

const TITLES = [
  'Introduction to Streams',
  'Working with Git',
  'Relational Databases',
  'Statistics with Python',
  'Web Pages from Scratch',
  'Machine Learning, First Steps',
  'Data Modelling',
  'The Command Line',
  'Testing What Matters',
  'Maps and Coordinates',
] as const;

export interface Exam {
  readonly id: string;
  readonly title: string;
  readonly certification: boolean;
  readonly maxAttempts: number;
  readonly sequenceId: string;
  readonly questions: readonly Question[];
}

export interface Question {
  readonly id: string;
  /** Ability, in standard deviations above the mean, of those who have an even chance to know. */
  readonly difficulty: number;
  readonly options: readonly { readonly id: string; readonly correct: boolean }[];
}

/** Invented exams, the most taken first. */
export const EXAMS: readonly Exam[] = TITLES.map((title, index) => exam(new Random(EXAMS_SEED, index), title));

/** How likely someone of this ability is to answer right (a Rasch model). */
export function knows(ability: number, difficulty: number): number {
  return 1 / (1 + Math.exp(difficulty - ability));
}

/** An id in the form of a UUID, of which only the stream knows that it is none. */
export function id(random: Random): string {
  const digits = Array.from({ length: 32 }, () => random.integer(0, 15).toString(16)).join('');
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join('-');
}

function exam(random: Random, title: string): Exam {
  return {
    id: id(random),
    title,
    certification: random.chance(0.2),
    maxAttempts: random.integer(1, 3),
    sequenceId: id(random),
    questions: Array.from({ length: random.integer(4, 9) }, () => question(random)),
  };
}

function question(random: Random): Question {
  const options = random.integer(3, 5);
  const right = random.integer(1, options - 1);
  return {
    id: id(random),
    difficulty: random.between(-2, 2),
    options: Array.from({ length: options }, (_, index) => ({ id: id(random), correct: index < right })),
  };
}
