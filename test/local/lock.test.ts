import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

test('of many that take over a lock at once exactly one gets it', async () => {
  for (let round = 0; round < 100; round++) {
    const file = join(folder, `round-${round}`, 'wanted');
    mkdirSync(dirname(file));
    writeFileSync(file, '999999999');
    const takes = await Promise.allSettled(Array.from({ length: 8 }, () => takeLock(file)));
    const got = takes.filter((take) => take.status === 'fulfilled');
    expect(got, `round ${round}`).toHaveLength(1);
    for (const take of takes) if (take.status === 'rejected') expect(take.reason).toBeInstanceOf(UsageError);
    expect(readdirSync(dirname(file))).toEqual(['wanted']);
    await got[0]!.value();
    expect(readdirSync(dirname(file))).toEqual([]);
  }
});

test('a lock is taken over after a process that was killed while it did so', async () => {
  const file = join(folder, 'killed', 'wanted');
  mkdirSync(dirname(file));
  for (const each of [file, `${file}.takeover`]) writeFileSync(each, '999999999');
  await takeLock(file);
  expect(readdirSync(dirname(file))).toEqual(['wanted']);
});

test("giving a lock back leaves another's alone", async () => {
  const file = join(folder, 'changed');
  const release = await takeLock(file);
  writeFileSync(file, '1@0');
  await release();
  expect(readFileSync(file, 'utf8')).toBe('1@0');
});
