import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EXAMS, knows } from '../../data/exams.ts';
import { generateAttempts } from '../../data/generate-attempts.ts';
import { OptionError } from '../../data/options.ts';
import { examMessages } from '../../lib/contracts/exam/messages.ts';
import { messageSchema } from '../../lib/contracts/nested.ts';
import { temporaryFolder } from '../support/folder.ts';

interface Attempt {
  readonly user_exam_id: string;
  readonly keen_id?: string;
  readonly sequences?: {
    readonly questions: { id: string; user_correct: boolean; options?: object[] }[];
    counts?: Record<string, unknown>;
  };
}

const folder = temporaryFolder();
const file = join(folder, 'attempts.jsonl');
const lines = await generateAttempts({ rows: 4_000, seed: 7, out: file });
const text = await readFile(file, 'utf8');
const messages = text.trimEnd().split('\n').map((line) => JSON.parse(line) as Attempt | Attempt[]); // prettier-ignore
const attempts = messages.flat();
const distinct = [...new Map(attempts.map((each) => [each.user_exam_id, each])).values()];

test('the same seed gives the same bytes, and another seed others', async () => {
  const digest = async (seed: number) => {
    const out = join(folder, `again-${seed}.jsonl`);
    await generateAttempts({ rows: 4_000, seed, out });
    return createHash('sha256').update(await readFile(out)).digest('hex'); // prettier-ignore
  };
  const first = createHash('sha256').update(text).digest('hex');
  expect(await digest(7)).toBe(first);
  expect(await digest(8)).not.toBe(first);
});

test('every attempt fits the contract, and there are as many as asked for, some delivered twice, some in arrays', () => {
  const schema = messageSchema(examMessages.message!);
  expect(attempts.filter((each) => !schema.safeParse(each).success)).toEqual([]);
  expect(messages).toHaveLength(lines);
  expect(distinct).toHaveLength(4_000);
  expect(attempts.length - distinct.length).toBeGreaterThan(40);
  expect(messages.filter(Array.isArray).length).toBeGreaterThan(30);
});

test('messages lack the parts that real ones lack', () => {
  const share = (lacks: (each: Attempt) => boolean) => distinct.filter(lacks).length / distinct.length;
  expect(share(({ sequences }) => sequences === undefined)).toBeCloseTo(0.01, 2);
  expect(share(({ sequences }) => sequences !== undefined && sequences.counts === undefined)).toBeCloseTo(0.02, 2);
  expect(share(({ keen_id: id }) => id === undefined)).toBeCloseTo(0.02, 2);
});

test('a question is answered right as often as its difficulty says', () => {
  const normals = Array.from({ length: 801 }, (_, index) => (index - 400) / 100);
  const density = (ability: number) => Math.exp(-(ability ** 2) / 2) / Math.sqrt(2 * Math.PI);
  const truth = ({ difficulty }: { difficulty: number }) =>
    normals.reduce((sum, ability) => sum + knows(ability, difficulty) * density(ability) * 0.01, 0);
  const answers = distinct.flatMap(({ sequences }) => sequences?.questions ?? []);
  for (const question of EXAMS.flatMap(({ questions }) => questions)) {
    const asked = answers.filter(({ id }) => id === question.id);
    const right = asked.filter(({ user_correct: correct }) => correct).length / asked.length;
    // Four standard errors: of some sixty questions none is expected to be off by more.
    expect(Math.abs(right - truth(question))).toBeLessThan(4 * Math.sqrt(0.25 / asked.length));
  }
});

describe('fails when', () => {
  test.each([
    [{ rows: 0 }, 'rows must be an integer from 1 to 10000000, got 0'],
    [{ seed: -1 }, 'seed must be an integer from 0 to 4294967295, got -1'],
    [{ out: 'attempts.csv' }, 'attempts must be a file name ending in .jsonl or .jsonl.gz, got "attempts.csv"'],
  ])('%j is asked for', async (options, message) => {
    await expect(generateAttempts({ rows: 10, seed: 1, out: file, ...options })).rejects.toThrow(new OptionError(message));
  });
});
