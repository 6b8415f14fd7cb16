import { expect, test } from 'vitest';
import { stagedNote } from '../../lib/cli/step-result.ts';

const COUNTS = { files: 2, alreadyStaged: 0, rows: 1, rejected: 0, duplicateFiles: [], otherFiles: [], rejects: [] };
const reject = (reason: string) => ({ source: 'songs/a.json', line: 3, reason });

test('what was refused is told with the first file, line and reason', () => {
  const { note } = stagedNote({ ...COUNTS, rejected: 1200, rejects: [reject('page must be given'), reject('other')] });
  expect(note).toBe('2 files new, 1,200 rejected (songs/a.json line 3: page must be given)');
});

test('where nothing was refused there is no reason', () => {
  expect(stagedNote(COUNTS).note).toBe('2 files new');
});

test('what a reason quotes neither steers the terminal nor fills it', () => {
  const { note } = stagedNote({ ...COUNTS, rejected: 1, rejects: [reject(`got \u001b[2J\n${'x'.repeat(10_000)}`)] });
  expect(note).not.toMatch(/\p{Cc}/u);
  expect(note.length).toBeLessThan(250);
});
