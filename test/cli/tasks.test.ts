import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Interrupted, StepFailure, UsageError } from '../../lib/cli/failures.ts';
import { runTasks, type DoneTask, type Task } from '../../lib/cli/tasks.ts';
import { temporaryFolder } from '../support/folder.ts';

const folder = temporaryFolder();
const task = (name: string, run: Task['run']): Task => ({ name, title: `Do ${name}`, run });
const signal = new AbortController().signal;

afterEach(() => vi.restoreAllMocks());

test('tasks run in order, and each that is done is recorded with its rows', async () => {
  const printed = capture();
  const done: DoneTask[] = [];
  const tasks = [
    task('one', () => Promise.resolve({ rowsIn: 5, rowsOut: 4 })),
    task('two', () => Promise.resolve({ rowsIn: 4, rowsOut: 1, note: 'fine' })),
  ];
  await runTasks(tasks, { signal, onDone: (step) => done.push(step) });
  expect(done.map(({ name, rowsIn, rowsOut }) => [name, rowsIn, rowsOut])).toEqual([
    ['one', 5, 4],
    ['two', 4, 1],
  ]);
  expect(printed()).toMatch(/Do one: 5 rows, [\d,]+ rows\/s, 0\.\d s/);
  expect(printed()).toContain('(fine)');
});

test('fails with the step, the reason and its log, and later tasks do not run', async () => {
  capture();
  mkdirSync(join(folder, 'logs'), { recursive: true });
  writeFileSync(join(folder, 'logs', 'broken.log'), 'why\n');
  const later = vi.fn<Task['run']>();
  const tasks = [task('broken', () => Promise.reject(new Error('disk must have room, got none'))), task('later', later)];
  const failure = await runTasks(tasks, { signal, logs: join(folder, 'logs') }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(StepFailure);
  expect((failure as StepFailure).message).toBe(
    `step broken failed: disk must have room, got none\n  log: ${join(folder, 'logs', 'broken.log')}`,
  );
  expect(later).not.toHaveBeenCalled();
});

test('a failure after the stop was asked for is the stop, not a failure', async () => {
  capture();
  const stopping = new AbortController();
  const tasks = [
    task('stopped', () => {
      stopping.abort();
      return Promise.reject(new Error('killed'));
    }),
  ];
  await expect(runTasks(tasks, { signal: stopping.signal })).rejects.toBeInstanceOf(Interrupted);
});

test("the user's mistake stays the user's mistake", async () => {
  capture();
  const tasks = [task('asks', () => Promise.reject(new UsageError('warehouse must be reachable, got nothing')))];
  await expect(runTasks(tasks, { signal })).rejects.toBeInstanceOf(UsageError);
});

describe('tasks of an inner list', () => {
  const fine = { rowsIn: 0, rowsOut: 0 };

  test('run side by side; what comes after them waits for all', async () => {
    capture();
    const order: string[] = [];
    let meet = () => {};
    const met = new Promise<void>((resolve) => (meet = resolve));
    const pair = [
      task('waits', async () => {
        await met;
        order.push('waits');
        return fine;
      }),
      task('comes', () => {
        meet();
        order.push('comes');
        return Promise.resolve(fine);
      }),
    ];
    const after = task('after', () => Promise.resolve(order.push('after')).then(() => fine));
    await runTasks([pair, after], { signal });
    expect(order).toEqual(['comes', 'waits', 'after']);
  });

  test('come to their end when one of them fails, which is named once; what comes after them does not run', async () => {
    const printed = capture();
    const done: string[] = [];
    const later = vi.fn<Task['run']>();
    let failed = () => {};
    const failure = new Promise<void>((resolve) => (failed = resolve));
    const tasks = [
      [
        task('broken', () => {
          failed();
          return Promise.reject(new Error('song files must be readable, got none'));
        }),
        task('slow', async () => {
          await failure;
          await sleep(20);
          return fine;
        }),
        task('broken too', () => failure.then(() => Promise.reject(new Error('another')))),
      ],
      task('later', later),
    ];
    const thrown = await runTasks(tasks, { signal, onDone: ({ name }) => done.push(name) }).catch((error: unknown) => error);
    expect((thrown as StepFailure).step).toBe('broken');
    expect(done).toEqual(['slow']);
    expect(later).not.toHaveBeenCalled();
    expect(printed().match(/song files must be readable/g)).toHaveLength(1);
    expect(printed()).not.toContain('undefined');
  });

  test('that were stopped are the stop, not a failure', async () => {
    capture();
    const stopping = new AbortController();
    const stopped = () => {
      stopping.abort();
      return Promise.reject(new Error('killed'));
    };
    const pair = [task('one', stopped), task('two', stopped)];
    await expect(runTasks([pair], { signal: stopping.signal })).rejects.toBeInstanceOf(Interrupted);
  });
});

/** What was printed meanwhile, as one text. */
function capture(): () => string {
  const lines: string[] = [];
  const take = (...values: unknown[]) => void lines.push(values.join(' '));
  for (const method of ['log', 'info', 'warn', 'error'] as const) vi.spyOn(console, method).mockImplementation(take);
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((chunk) => lines.push(String(chunk)) > 0);
  return () => lines.join('\n');
}
