import fc from 'fast-check';
import { expect, test } from 'vitest';
import { blockMaker } from '../../../../lambdas/stage-files/block.ts';
import { recordChecker, rejectOf } from '../../../../lambdas/stage-files/check-record.ts';
import { flatRows } from '../../../../lambdas/stage-files/flat/rows.ts';
import { Lines } from '../../../../lambdas/stage-files/lines.ts';
import type { StagedReject } from '../../../../lambdas/stage-files/store.ts';
import { tableText } from '../../../../lambdas/stage-files/table-text.ts';
import type { RawRecord } from '../../../../lambdas/shared/row-checker.ts';
import type { Dataset } from '../../../../lib/contracts/dataset.ts';
import { listeningEvent } from '../../../../lib/contracts/listening-event.ts';
import { song } from '../../../../lib/contracts/song.ts';
import { staged } from '../../../../lib/contracts/staging.ts';

const EVENT = {
  artist: 'Édith, "la Môme"',
  auth: 'Logged In',
  firstName: 'Ángel',
  itemInSession: 0,
  lastName: 'Jiménez',
  length: 180.21832,
  level: 'free',
  page: 'NextSong',
  registration: 1_540_919_166_796,
  sessionId: 139,
  song: 'Non, je ne regrette rien',
  status: 200,
  ts: 1_541_106_106_796,
  userAgent: '"Mozilla/5.0 (Windows NT 6.1; WOW64)"',
  userId: '8',
};
const SONG = {
  song_id: 'SOMZWCG12A8C13C480',
  title: "I Didn't Mean To",
  artist_id: 'ARD7TVE1187B99BFB1',
  artist_name: 'Casual',
  artist_location: 'California - LA',
  artist_latitude: 35.14968,
  artist_longitude: -90.04892,
  duration: 218.93179,
  year: 1999,
  num_songs: 1,
};

const about = (contract: Dataset) => ({ dataset: contract.name, file_id: '0123456789abcdef', file_name: 'a.json', staged_at: EVENT.ts });

function recordOf(bytes: Buffer, line = 7): RawRecord {
  return { line, bytes, size: bytes.length };
}

/** What parsing each record comes to. */
function parsed(contract: Dataset, records: readonly RawRecord[]): { text: string; rejects: StagedReject[] } {
  const { file_id, staged_at } = about(contract);
  const check = recordChecker(contract);
  const textOf = tableText(staged(contract), 'csv', { file_id, staged_at });
  const rejects: StagedReject[] = [];
  let text = '';
  for (const record of records) {
    const checked = check(record);
    if (checked.ok) text += `${textOf(checked.row)}\n`;
    else rejects.push(rejectOf(about(contract), record, checked.reason));
  }
  return { text, rejects };
}

/** The row that is written straight from the bytes, or nothing. */
function written(contract: Dataset, record: RawRecord): string | undefined {
  const lines = new Lines();
  return flatRows(contract, about(contract), lines)(record) ? lines.take().toString() : undefined;
}

const textOf = (object: object) => recordOf(Buffer.from(JSON.stringify(object)));
/** As Python's `json.dumps` writes it. */
const spaced = (object: object) =>
  `{${Object.entries(object)
    .map(([name, value]) => `"${name}": ${JSON.stringify(value)}`)
    .join(', ')}}`;

test.each([
  [listeningEvent, EVENT],
  [song, SONG],
] as const)('a well-formed record of $name is written straight from its bytes', (contract, object) => {
  for (const text of [JSON.stringify(object), spaced(object), `${JSON.stringify(object)}\r`]) {
    const record = recordOf(Buffer.from(text));
    expect(written(contract, record)).toBe(parsed(contract, [record]).text);
  }
});

test.each([
  { location: null },
  { song: undefined, artist: undefined, length: undefined },
  { more: 'than is known', and: 5, no: null },
  { location: 'Zürich' },
  { userAgent: 'a'.repeat(1024) },
  { length: 0 },
  { registration: 946_684_800_000 },
])('so is one with %j', (change) => {
  const record = textOf({ ...EVENT, ...change });
  expect(written(listeningEvent, record)).toBe(parsed(listeningEvent, [record]).text);
});

test('so is one whose slashes and backslashes are escaped', () => {
  const event = { ...EVENT, song: '\\, //', artist: '/a\\', userAgent: '"Mozilla/5.0\\"' };
  const record = recordOf(Buffer.from(JSON.stringify(event).replaceAll('/', String.raw`\/`)));
  expect(written(listeningEvent, record)).toBe(parsed(listeningEvent, [textOf(event)]).text);
});

test('so is one with a time that is written as a float', () => {
  const record = recordOf(Buffer.from(JSON.stringify(EVENT).replace(`${EVENT.registration},`, `${EVENT.registration}.0,`)));
  expect(record.bytes.toString()).toContain('796.0');
  expect(written(listeningEvent, record)).toBe(parsed(listeningEvent, [textOf(EVENT)]).text);
});

test('so are fields in any order', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(Object.entries(EVENT), { minLength: Object.keys(EVENT).length }), (entries) => {
      const record = textOf(Object.fromEntries(entries));
      expect(written(listeningEvent, record)).toBe(parsed(listeningEvent, [record]).text);
    }),
  );
});

test.each([
  ['a listener given as a number', { userId: 8 }],
  ['a blank listener', { userId: '' }],
  ['blanks around a text', { userId: ' 8' }],
  ['a blank of another script around a text', { userId: '8\u00a0' }],
  ['an escape', { song: 'a\nb' }],
  ['an escape in what names it', { page: 'a"b' }],
  ['no place in the session', { itemInSession: null }],
  ['an id of its own', { eventId: 'e1' }],
  ['a text that its column has no room for', { page: 'a'.repeat(257) }],
  ['a fraction of a millisecond', { ts: 1_541_106_106_796.5 }],
  ['a number where text belongs', { song: 5 }],
  ['text where a number belongs', { sessionId: '5' }],
  ['what is required missing', { page: null }],
  ['a value out of range', { length: 86_401 }],
  ['a value with values', { more: { than: 1 } }],
  ['a truth value', { more: true }],
])('a record with %s is left to be parsed', (_, change) => {
  expect(written(listeningEvent, textOf({ ...EVENT, ...change }))).toBeUndefined();
});

test.each(['2e1', '2E1', '+2', '-0', '02', '2.', '.5', '2.50', '0.0000001', '35.149681234567890123', '1234567890123456', '0x2', 'NaN'])(
  'so is one with the number %s: it is none, or written in another way elsewhere',
  (number) => {
    const record = recordOf(Buffer.from(JSON.stringify(SONG).replace(String(SONG.artist_latitude), number)));
    expect(written(song, record)).toBeUndefined();
  },
);

test('so is one that is too long, or that the file ends in', () => {
  const record = textOf(EVENT);
  expect(written(listeningEvent, { ...record, size: record.size + 1 })).toBeUndefined();
  expect(written(listeningEvent, { ...record, fault: 'file must be whole, got its end' })).toBeUndefined();
});

test('a record that is long for what no column has takes no more room than another', () => {
  const lines = new Lines();
  const write = flatRows(listeningEvent, about(listeningEvent), lines);
  expect(write(textOf({ ...EVENT, more: 'a'.repeat(1024 * 1024) }))).toBe(true);
  expect(lines.take().buffer.byteLength).toBeLessThan(100 * 1024);
});

test('a row has room, however much of it is in its texts', () => {
  const full = Object.fromEntries(
    listeningEvent.fields.filter(({ type }) => type === 'string').map(({ source, maxBytes = 256 }) => [source, '"'.repeat(maxBytes / 2)]),
  );
  const record = textOf({ ...EVENT, ...full, eventId: undefined, userId: '8', page: 'NextSong' });
  const lines = new Lines();
  const write = flatRows(listeningEvent, about(listeningEvent), lines);
  const many = 100;
  for (let n = 0; n < many; n++) expect(write(record)).toBe(true);
  expect(lines.take().toString()).toBe(
    parsed(
      listeningEvent,
      Array.from({ length: many }, () => record),
    ).text,
  );
});

/** Values as texts of JSON, or of what is nearly JSON. */
const token = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }).map((text) => JSON.stringify(text)),
  fc
    .string({ unit: fc.constantFrom('a', ' ', '"', ',', '/', 'é', '\u00a0', '\u0085', '…', '😀', '\\', '\n', '\0'), maxLength: 4 })
    .map((text) => JSON.stringify(text)),
  fc.string({ unit: fc.constantFrom('0', '1', '9', '.', '-', 'e'), minLength: 1, maxLength: 8 }),
  fc.double().map(String),
  fc.integer().map(String),
  fc.constantFrom(
    'null',
    'nul',
    'true',
    '""',
    '[]',
    '{}',
    '"',
    '',
    '-0',
    '1.0',
    '10.50',
    String.raw`"\/a\/\/"`,
    String.raw`"\\"`,
    String.raw`"\u002fa"`,
    '1541106106796.0',
    '1541106106796.50',
    '0.0000001',
    '123456789012345',
    '1234567890123456',
    '86400.1',
    '2147483648',
  ),
  fc.constantFrom(EVENT.ts, 946_684_799_999, 4_102_444_800_000, 1_541_106_106_796.5).map(String),
  fc
    .constantFrom(85, 86, 256, 257, 1024, 1025)
    .chain((length) => fc.constantFrom('a', 'é', '"').map((one) => JSON.stringify(one.repeat(length)))),
);

/** Records most of whose fields fit: a record of which many do not is left to be parsed at the first of them. */
function recordText(object: object): fc.Arbitrary<string> {
  const known = Object.entries(object).map(([name, value]) => [JSON.stringify(name), JSON.stringify(value)] as const);
  const odd = fc.tuple(fc.constantFrom(...known.map(([name]) => name), '"more"', '"eventId"', String.raw`"\u0074s"`, '"a,b"', '""'), token);
  return fc
    .tuple(fc.shuffledSubarray(known, { minLength: known.length - 2 }), fc.array(odd, { maxLength: 2 }), fc.nat(), fc.nat(20))
    .map(([usual, others, place, blank]) => {
      const entries = usual.toSpliced(place % (usual.length + 1), 0, ...others);
      const [colon, comma] = [blank === 0 ? ' : ' : blank < 4 ? ': ' : ':', blank === 1 ? ' ,  ' : blank < 4 ? ', ' : ','];
      return `{${entries.map(([name, value]) => name + colon + value).join(comma)}}`;
    });
}

/** Bytes of it, a few of them changed or cut off. */
function damaged(text: fc.Arbitrary<string>): fc.Arbitrary<Buffer> {
  const change = fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('"\\{},: 0.\r\xc3'))));
  return fc.tuple(text, fc.array(change, { maxLength: 2 }), fc.option(fc.nat(), { freq: 8 })).map(([whole, changes, end]) => {
    const bytes = Buffer.from(whole);
    for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
    return end === null ? bytes : bytes.subarray(0, end % bytes.length);
  });
}

test.each([
  [listeningEvent, EVENT],
  [song, SONG],
] as const)('whatever is in a record of $name, it comes to what parsing it comes to', (contract, object) => {
  const bytes = fc.oneof(
    recordText(object).map((text) => Buffer.from(text)),
    damaged(recordText(object)),
  );
  let straight = 0;
  fc.assert(
    fc.property(fc.array(bytes, { minLength: 1, maxLength: 4 }), (all) => {
      const records = all.map((each, place) => recordOf(each, place + 1));
      const block = blockMaker(contract, about(contract), 'csv')(records);
      const expected = parsed(contract, records);
      expect({ text: block.text.toString(), rejects: block.rejects }).toEqual(expected);
      expect(block.rows).toBe(records.length - expected.rejects.length);
      straight += records.filter((record) => written(contract, record) !== undefined).length;
    }),
    { numRuns: 3_000 },
  );
  expect(straight).toBeGreaterThan(500);
});
