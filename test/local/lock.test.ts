import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UsageError } from '../../lib/cli/failures.ts';
import { processIdentity } from '../../lib/local/process.ts';
import { takeLock } from '../../lib/local/lock.ts';
import { temporaryFolder } from '../support/folder.ts';

const folder = temporaryFolder();

test('a lock is free again once it was given back', async () => {
  const file = join(folder, 'free');
  const release = await takeLock(file);
  expect(existsSync(file)).toBe(true);
  await release();
  await (
    await takeLock(file)
  )();
  expect(existsSync(file)).toBe(false);
});

test('fails when a living run holds the lock, naming its process', async () => {
  const file = join(folder, 'taken');
  const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
  writeFileSync(file, processIdentity(other.pid!)!);
  await expect(takeLock(file)).rejects.toThrow(new RegExp(`used by one run at a time, got one in process ${other.pid}`));
  await expect(takeLock(file)).rejects.toBeInstanceOf(UsageError);
  other.kill('SIGKILL');
});

test.each([
  { name: 'of a process that is gone', content: '999999999' },
  { name: 'of another program that got the number since', content: '1@0' },
  { name: 'left empty by a crash', content: '' },
])('a lock $name is taken over', async ({ content }) => {
  const file = join(folder, 'stale');
  writeFileSync(file, content);
  await (
    await takeLock(file)
  )();
  expect(existsSync(file)).toBe(false);
});
