import { existsSync, createReadStream } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { checker, type Checked } from '../../../lambdas/shared/messages.ts';
import { adImpressions, targetOf } from '../../../lambdas/shared/targets.ts';
import type { AdImpression } from '../../../lib/contracts/ad-impression.ts';

const NAMES =
  'id,click,hour,C1,banner_pos,site_id,site_domain,site_category,app_id,app_domain,app_category,device_id,device_ip,device_model,device_type,device_conn_type,C14,C15,C16,C17,C18,C19,C20,C21';
const ID = '10000174058809263569';
const REST = '1005,1,0a742914,510bd839,f028772b,ecad2386,7801e8d9,07d7df22,a99f214a,790bb406,1f0bc64f,1,0,6563,320,50,572,2,39,-1,32';
const LINE = `${ID},0,14102104,${REST}`;
const HOUR = Date.UTC(2014, 9, 21, 4);
const WITHOUT_CLICK = NAMES.replace('click,', '');

const check = checker(adImpressions, 1_048_588);
interface Read {
  line: number;
  checked: Checked<AdImpression>;
}

async function read(chunks: AsyncIterable<Buffer>): Promise<Read[]> {
  const found: Read[] = [];
  for await (const records of adImpressions.format!.records(chunks))
    for (const record of records) found.push({ line: record.line, checked: check(record, 'source') });
  return found;
}

async function* once(content: string | Buffer): AsyncGenerator<Buffer> {
  await Promise.resolve();
  yield Buffer.from(content);
}
const rows = async (content: string | Buffer) =>
  (await read(once(content))).map(({ line, checked }) => (checked.ok ? { line, ...checked.row } : { line, reason: checked.reason }));
const rejects = async (content: string | Buffer) =>
  (await read(once(content))).flatMap(({ line, checked }) => (checked.ok ? [] : [`${line}: ${checked.reason}`]));

const LAYOUTS: Record<string, { content: string; click?: null; line?: number }> = {
  'all columns and no header': { content: LINE },
  'a row index before them': { content: `100020,${LINE}` },
  'no label': { content: `${ID},14102104,${REST}`, click: null },
  'a row index and no label, as many fields as with label and without index': { content: `7,${ID},14102104,${REST}`, click: null },
  'a header': { content: `${NAMES}\n${LINE}`, line: 2 },
  'a header with other case': { content: `${NAMES.toUpperCase()}\r\n${LINE}\r\n`, line: 2 },
  'a header whose first column is the index of a data frame': { content: `,${NAMES}\n0,${LINE}`, line: 2 },
  'a header without label': { content: `${WITHOUT_CLICK}\n${ID},14102104,${REST}`, click: null, line: 2 },
  'quoted fields': { content: `"${LINE.replaceAll(',', '","')}"` },
  'a byte order mark': { content: `\ufeff${NAMES}\n${LINE}`, line: 2 },
};

test.each(Object.entries(LAYOUTS))('a file with %s is read', async (_name, { content, click = 0, line = 1 }) => {
  const expected = { line, id: ID, click, hour: HOUR, C1: 1005, banner_pos: 1, site_id: '0a742914', device_conn_type: 0, C20: -1, C21: 32 };
  expect(await rows(content)).toEqual([expect.objectContaining(expected)]);
  expect(await rows(gzipSync(content))).toEqual(await rows(content));
});

test.each([
  ['14102104', HOUR],
  ['2014-10-21 04:00:00', HOUR],
  ['2014-10-21T04:00:00Z', HOUR],
  ['2014-10-21', Date.UTC(2014, 9, 21)],
])('hour %s is UTC', async (text, expected) => {
  expect(await rows(LINE.replace('14102104', text))).toEqual([expect.objectContaining({ hour: expected })]);
});

test('columns of a header are taken by their names, in any order, and unknown ones are told and dropped', async () => {
  const [{ checked }] = (await read(once(`hour,colour,id,C21\n14102104,red,${ID},32`))) as [Read];
  expect(checked).toMatchObject({ ok: true, unknownFields: ['colour'], row: { id: ID, click: null, hour: HOUR, C1: null, C21: 32 } });
});

test('the message has the contract’s fields, under the impression’s id, and no id of an event', async () => {
  const [{ checked }] = (await read(once(LINE))) as [Read];
  if (!checked.ok) throw new Error(checked.reason);
  expect(checked.message.key).toBe(ID);
  const value = JSON.parse(String(checked.message.value)) as object;
  expect(Object.keys(value)).toEqual(NAMES.split(','));
});

describe('what cannot be read is a reject with its line and reason, and what is around it is read', () => {
  test.each([
    ['too few fields', `${LINE},9`.slice(0, -5), 'line must have 24 fields, got 23'],
    ['too many fields', `${LINE},9`, 'line must have 24 fields, got 25'],
    [
      'a day that does not exist',
      LINE.replace('14102104', '2014-02-30'),
      'hour must be YYMMDDHH, YYYY-MM-DD HH:MM:SS or YYYY-MM-DD, got "2014-02-30"',
    ],
    [
      'an hour that does not exist',
      LINE.replace('14102104', '14102124'),
      'hour must be YYMMDDHH, YYYY-MM-DD HH:MM:SS or YYYY-MM-DD, got "14102124"',
    ],
    ['no hour', LINE.replace('14102104', ''), 'hour must be YYMMDDHH, YYYY-MM-DD HH:MM:SS or YYYY-MM-DD, got ""'],
    ['text for a number', LINE.replace(',6563,', ',many,'), 'C14 must be an integer of 32 bits or null, got "many"'],
    ['a fraction for an integer', LINE.replace(',6563,', ',65.5,'), 'C14 must be an integer of 32 bits or null, got 65.5'],
    ['a click that is neither', LINE.replace(',0,', ',2,'), 'click must be 0, 1 or null, got 2'],
    ['no id', LINE.replace(ID, ' '), 'id must be text that is not empty, got ""'],
    [
      'a quote that is not closed',
      LINE.replace('0a742914', '"0a742914'),
      'line must be CSV, got Quote Not Closed: the parsing is finished with an opening quote at line 1',
    ],
  ])('%s', async (_name, line, reason) => {
    expect(await rejects(`${LINE}\n${line}\n${LINE}`)).toEqual([`2: ${reason}`]);
    // Whatever stands first, the other lines say what the file is.
    expect(await rejects(`${line}\n${LINE}\n${LINE}`)).toEqual([`1: ${reason}`]);
  });

  test('bytes that are no UTF-8', async () => {
    const content = Buffer.concat([Buffer.from(`${LINE}\n`), Buffer.from([0xff, 0xfe, 0x0a]), Buffer.from(LINE)]);
    expect(await rejects(content)).toEqual(['2: line must be UTF-8, got other bytes']);
  });

  test('a header that lacks what each row must have: every line, because none can be read', async () => {
    const reason = 'header must name hour, got id,click,time';
    expect(await rejects('id,click,time\n1,0,14102104\n2,1,14102104')).toEqual([1, 2, 3].map((line) => `${line}: ${reason}`));
    expect(await rejects('id,hour,click,ID\n1,14102104,0,2')).toEqual(
      [1, 2].map((line) => `${line}: header must name each column once, got id again`),
    );
  });

  test('a file of something else: every line', async () => {
    const reason = 'line must have 23 or 24 or 25 fields where no header names them, got other numbers';
    expect(await rejects('some text\n1,2,3')).toEqual([1, 2].map((line) => `${line}: ${reason}`));
    expect(await rejects('{"id": 1}')).toEqual([
      '1: line must be CSV, got Invalid Opening Quote: a quote is found on field 0 at line 1, value is "{"',
    ]);
  });

  test('gzip data that end early: what was there of the line', async () => {
    const whole = gzipSync(Array.from({ length: 3_000 }, (_, n) => `${n}${LINE}`).join('\n'));
    const found = await read(once(whole.subarray(0, whole.length / 2)));
    const last = found.pop()!;
    expect(last.checked).toMatchObject({
      ok: false,
      kind: 'unreadable',
      reason: 'gzip data must be complete, got an end of file in the middle',
    });
    expect(found.length).toBe(last.line - 1);
    expect(found.filter(({ checked }) => !checked.ok)).toEqual([]);
  });
});

test('a contract that no file is of is refused with those that there are', () => {
  expect(targetOf('ad_impressions')).toBe(adImpressions);
  expect(() => targetOf('users')).toThrow('contract must be one of listening_events, ad_impressions, exam_messages, got users');
});

const REAL = '../shared/data/avazu/clicks-16000.csv.gz';
test.skipIf(!existsSync(REAL))(`each row of the published file is read (skipped where ${REAL} is not there)`, async () => {
  const found = await read(createReadStream(REAL));
  expect(found.filter(({ checked }) => !checked.ok)).toEqual([]);
  const { stdout } = await execa('bash', [
    '-c',
    `zcat ${REAL} | awk -F, '{ clicks += $3; if ($4 !~ / / || $4 ~ / 00:00:00/) midnights++ } END { print NR, clicks, midnights }'`,
  ]);
  const [lines, clicks, midnights] = stdout.split(' ').map(Number) as [number, number, number];
  const rowsRead = found.map(({ checked }) => (checked as Extract<Checked<AdImpression>, { ok: true }>).row);
  expect([rowsRead.length, rowsRead.filter(({ click }) => click === 1).length]).toEqual([lines, clicks]);
  expect(lines).toBe(16_000);
  expect(clicks).toBeGreaterThan(0);
  // A date without a time is its midnight.
  expect(rowsRead.filter(({ hour }) => hour % 86_400_000 === 0).length).toBe(midnights);
});
