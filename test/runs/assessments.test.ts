import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { batchBytes } from '../../lambdas/shared/kafka/producer.ts';
import { MAX_MESSAGE_BYTES } from '../../lib/contracts/kafka.ts';
import { millrace, processesNaming, reaches } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { summaryOf } from '../support/runs.ts';

/** Each test goes on where the one before has ended; the broker is started again by every run. */
const home = join(temporaryFolder(), 'home');
const inputs = temporaryFolder();
const generated = join(inputs, 'generated.jsonl');
const ATTEMPTS = 1_500;
let lines: string[];

beforeAll(async () => {
  await millrace(home, 'generate', '--attempts', generated, '--rows', String(ATTEMPTS), '--seed', '5');
  lines = readFileSync(generated, 'utf8').trimEnd().split('\n');
});

const run = (file: string, ...more: string[]) => millrace(home, 'run', 'assessments', '--attempts', file, ...more);

async function inLake(statement: string): Promise<number[]> {
  const { stdout } = await millrace(home, 'sql', '--format', 'csv', statement);
  return stdout.trim().split('\n').at(-1)!.split(',').map(Number);
}

const MESSAGES = 'SELECT count(*), count(DISTINCT message_id), count(DISTINCT record_value) FROM exam_messages';

test('Spark killed while it lands leaves what the next run makes good: nothing is lost or doubled', async () => {
  const killed = run(generated);
  const messages = join(home, 'lake', 'millrace', 'exam_messages', 'data');
  // By then files are there that no commit tells of yet.
  await reaches(killed, () => existsSync(messages));
  for (const pid of await sparkPids()) process.kill(pid, 'SIGKILL');
  const { exitCode } = await killed;
  expect(exitCode).toBe(1);
  expect(summaryOf(home).failed).toMatchObject({ step: 'land' });

  const { exitCode: next, all } = await run(generated);
  expect(next, all).toBe(0);
  expect(summaryOf(home).events).toMatchObject({ produced: 0, alreadySent: lines.length });
  expect(await inLake(MESSAGES)).toEqual([lines.length, lines.length, lines.length]);
  expect(summaryOf(home).warehouse!.tables['exam_scores']).toBe(ATTEMPTS);
});

test('more messages, and only these are landed: what is too large is kept aside, what is none is rejected', async () => {
  const attempt = (id: string, padding: number) =>
    JSON.stringify({ user_exam_id: id, base_exam_id: 'mine', exam_name: 'Mine', padding: 'x'.repeat(padding) });
  const room = MAX_MESSAGE_BYTES - batchBytes('full'.length, 5_000_000) + 5_000_000 - attempt('full', 0).length;
  const file = join(inputs, 'more.jsonl');
  const messages = [attempt('full', room), attempt('over', room + 1), '{"base_exam_id":', `[${attempt('a', 0)},{"exam":1}]`];
  writeFileSync(file, messages.join('\n'));
  const { exitCode, all } = await run(file);
  expect(exitCode, all).toBe(0);
  expect(all).toContain(`2 new messages, ${lines.length.toLocaleString('en')} landed before, 1 quarantined`);
  expect(summaryOf(home).landed).toMatchObject({ new: 2, before: lines.length, quarantined: 1, skipped: [] });
  expect(summaryOf(home).events).toMatchObject({ read: 4, produced: 2, rejected: 2 });
  const folder = join(home, 'refused', 'exam-attempts');
  const [kept] = readdirSync(folder);
  expect(readFileSync(join(folder, kept!), 'utf8')).toBe(messages[1]);
  expect(await inLake('SELECT max(length(record_value)), count(*) FROM exam_messages')).toEqual([messages[0]!.length, lines.length + 2]);
  expect(summaryOf(home).warehouse!.tables['exam_scores']).toBe(ATTEMPTS + 2);
});

test('a range is read again into the same rows, and where no file is named nothing is made up beside it', async () => {
  const { exitCode, all } = await millrace(home, 'run', 'assessments', '--from-offset', '0');
  expect(exitCode, all).toBe(0);
  const messages = lines.length + 2;
  expect(summaryOf(home).landed).toMatchObject({ new: 0, before: messages, again: messages });
  expect(await inLake(MESSAGES)).toEqual([messages, messages, messages]);
  expect(processesNaming(home)).toEqual([]);
});

/** Processes of the Spark step that is running, by their command lines. */
async function sparkPids(): Promise<number[]> {
  const { stdout } = await execa('pgrep', ['-f', `land\\.py.*${home}`], { reject: false });
  return stdout.split('\n').filter(Boolean).map(Number);
}
