import { afterAll, expect, test } from 'vitest';
import type { RawRecord } from '../../../lambdas/shared/row-checker.ts';
import { blockMaker } from '../../../lambdas/stage-files/block.ts';
import { listeningEvent } from '../../../lib/contracts/listening-event.ts';
import { BlockThread } from '../../../lib/local/staging/block-thread.ts';

const ABOUT = { dataset: listeningEvent.name, file_id: '0123456789abcdef', file_name: 'a.json', staged_at: Date.UTC(2024, 5, 1) };
const EVENT = { ts: 1_541_106_106_796, userId: '8', sessionId: 139, page: 'NextSong', song: 'Für Elise 😀' };

function record(line: number, content: string | Buffer, more: Partial<RawRecord> = {}): RawRecord {
  const bytes = Buffer.from(content);
  return { line, bytes, size: bytes.length, ...more };
}

const RECORDS = [
  record(1, JSON.stringify(EVENT)),
  record(3, 'nonsense'),
  record(4, JSON.stringify({ ...EVENT, page: 7 })),
  record(5, Buffer.from([0xff])),
  record(6, 'x', { size: 20_000_000 }),
  record(7, JSON.stringify({ ...EVENT, userId: 8 })),
  record(8, '', { fault: 'gzip data must be complete, got an end of file in the middle' }),
];

const thread = new BlockThread();
afterAll(() => thread.close());

test('another thread makes of records what this one does, in their order', async () => {
  const here = blockMaker(listeningEvent, ABOUT);
  const there = thread.blocksOf(ABOUT);
  const many = Array.from({ length: 5 }, (_, n) => RECORDS.map((each) => ({ ...each, line: each.line + 10 * n })));
  const blocks = await Promise.all([...many, []].map(async (records) => there(records)));
  expect(blocks).toEqual([...many, []].map((records) => here(records)));
  expect(blocks[0]).toMatchObject({
    rows: 2,
    rejects: [{ file_line: 3 }, { file_line: 4 }, { file_line: 5 }, { file_line: 6 }, { file_line: 8 }],
  });
});

test('a thread that ends fails what was asked of it, and what is asked later', async () => {
  const ending = new BlockThread();
  const make = ending.blocksOf(ABOUT);
  const asked = make(RECORDS);
  const closed = ending.close();
  await expect(asked).rejects.toThrow('thread that checks records must go on, got its end');
  await closed;
  await expect(make(RECORDS)).rejects.toThrow('thread that checks records must go on, got its end');
});

test('an error in the thread is told', async () => {
  const failing = new BlockThread();
  await expect(failing.blocksOf({ ...ABOUT, dataset: 'others' })(RECORDS)).rejects.toThrow('others');
  await failing.close();
});
