import { expect, test } from 'vitest';
import { z } from 'zod';
import { column, dataset } from '../../lib/contracts/dataset.ts';

const columns = {
  userId: column(z.string(), { name: 'user_id', type: 'string', description: 'User' }),
  cutoff: column(z.string(), { name: 'cutoff', type: 'date', description: 'Cut-off' }),
  note: column(z.string().nullish(), { name: 'note', type: 'string', description: 'Note', maxBytes: 10 }),
};
const declare = (changes: { key?: string[]; partitionBy?: string[] }) =>
  dataset({ name: 'things', description: 'Things', key: ['user_id', 'cutoff'], columns, ...changes });

test('a field has its name in JSON, its name in tables, and whether a row must have it', () => {
  expect(declare({}).fields).toEqual([
    { source: 'userId', name: 'user_id', type: 'string', description: 'User', required: true },
    { source: 'cutoff', name: 'cutoff', type: 'date', description: 'Cut-off', required: true },
    { source: 'note', name: 'note', type: 'string', description: 'Note', maxBytes: 10, required: false },
  ]);
});

test('a load replaces single rows, or the slices that partitionBy names', () => {
  expect(declare({}).partitionBy).toEqual(['user_id', 'cutoff']);
  expect(declare({ partitionBy: ['cutoff'] }).partitionBy).toEqual(['cutoff']);
});

test.each([
  [{ key: ['user_id', 'day'] }, 'the key of things must be made of its columns, got day'],
  [{ key: ['userId'] }, 'the key of things must be made of its columns, got userId'],
  [{ key: [] }, 'the key of things must be made of its columns, got none'],
  [{ partitionBy: ['note'] }, "the partition of things must be made of its key's columns, got note"],
  [{ partitionBy: [] }, "the partition of things must be made of its key's columns, got none"],
])('fails when a key or partition is not made of what it must be: %j', (changes, message) => {
  expect(() => declare(changes)).toThrow(message);
});

test('a text that its column has no room for does not fit, counted in bytes of UTF-8', () => {
  const { schema } = declare({});
  const row = { userId: 'u', cutoff: '2026-01-01' };
  expect(schema.safeParse({ ...row, note: 'ééééé' }).success).toBe(true);
  expect(schema.safeParse({ ...row, note: null }).success).toBe(true);
  expect(schema.safeParse({ ...row, note: 'éééééa' }).error?.issues).toMatchObject([
    { path: ['note'], message: 'must be at most 10 bytes of UTF-8, got 11' },
  ]);
  expect(schema.safeParse({ ...row, userId: 'u'.repeat(257) }).error?.issues).toMatchObject([
    { path: ['userId'], message: 'must be at most 256 bytes of UTF-8, got 257' },
  ]);
});
