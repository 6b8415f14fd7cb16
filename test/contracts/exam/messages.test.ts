import { describe, expect, test } from 'vitest';
import { examAttempts } from '../../../lib/contracts/exam/attempts.ts';
import { LANDED } from '../../../lib/contracts/exam/index.ts';
import { examMessages } from '../../../lib/contracts/exam/messages.ts';
import { datasetsOf, messageFields, messageSchema } from '../../../lib/contracts/nested.ts';
import { sparkContract } from '../../../lib/contracts/render/spark.ts';

const schema = messageSchema(examMessages.message!);
const reasons = (value: unknown) => schema.safeParse(value).error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`) ?? [];
const read = (value: object) => schema.parse({ base_exam_id: 'e', ...value }) as Record<string, unknown>;

describe('a value is read in each form that messages write it in', () => {
  test.each([
    ['max_attempts', '1.0', 1],
    ['max_attempts', 2, 2],
    ['certification', 'False', false],
    ['certification', true, true],
    ['keen_timestamp', '1516717442.735266', 1516717442735],
    ['started_at', '2018-01-23T14:23:19.082Z', Date.UTC(2018, 0, 23, 14, 23, 19, 82)],
    ['started_at', '2018-01-23T14:23:19', Date.UTC(2018, 0, 23, 14, 23, 19)],
    ['started_at', ' ', null],
    ['user_exam_id', 7, '7'],
  ])('%s of %j', (field, value, expected) => {
    expect(read({ [field]: value })[field]).toBe(expected);
  });
});

test('every part may be missing but the exam', () => {
  expect(reasons({ base_exam_id: 'e' })).toEqual([]);
  expect(reasons({ base_exam_id: 'e', sequences: { questions: [{}] } })).toEqual([]);
  expect(reasons({ exam_name: 'x' })).toEqual(['base_exam_id must be text or an integer, got nothing']);
});

test('what does not fit is told with its path, however deep it lies', () => {
  const sequences = { counts: { total: '1.5' }, questions: [{ options: [{ checked: 'maybe' }] }, 5, { options: {} }] };
  expect(reasons({ base_exam_id: 'e', started_at: 1516717442735, sequences })).toEqual([
    'started_at must be a time by ISO 8601, or in seconds since 1970, between the years 2000 and 2100, got 1516717442735',
    'sequences.counts.total must be a whole number of 32 bits, got "1.5"',
    'sequences.questions.0.options.0.checked must be true or false, got "maybe"',
    'sequences.questions.1 must be an object, got 5',
    'sequences.questions.2.options must be a list of objects or null, got {}',
  ]);
});

test('Spark reads every column that a message says, as text, at the path where the table has it from', () => {
  const paths: string[] = [];
  const walk = (type: unknown, path: string): void => {
    if (type === 'string') return void paths.push(path);
    const struct = type as { type: string; elementType?: unknown; fields?: { name: string; type: unknown }[] };
    if (struct.type === 'array') return walk(struct.elementType, `${path}[]`);
    for (const field of struct.fields!) walk(field.type, path === '' ? field.name : `${path}.${field.name}`);
  };
  walk(sparkContract(examMessages).message!.schema, '');
  const prefixes = ['', 'sequences.questions[].', 'sequences.questions[].options[].'];
  const columns = datasetsOf(examMessages.message!).flatMap((each, depth) =>
    messageFields(each).map(({ source }) => `${prefixes[depth]}${source}`),
  );
  expect(paths.toSorted()).toEqual(columns.toSorted());
  expect(paths).toContain('sequences.questions[].options[].checked');
});

test('each landed table holds the key of the one that its rows lie in', () => {
  const [messages, ...tables] = LANDED;
  expect(messages!.key).toEqual(['message_id']);
  expect(examAttempts.fields.map(({ name }) => name)).toEqual(expect.arrayContaining(['message_id', 'attempt_id']));
  const keys = tables.map(({ key }) => key);
  for (const [depth, key] of keys.entries()) if (depth > 0) expect(key.slice(0, -1)).toEqual(keys[depth - 1]);
});
