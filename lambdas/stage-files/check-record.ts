import type { Dataset } from '../../lib/contracts/dataset.ts';
import { stagedRejects } from '../../lib/contracts/staging.ts';
import { settled } from '../../lib/contracts/settled.ts';
import { beginning, parseObject, recordText, rowChecker, type RawRecord, type Refused } from '../shared/row-checker.ts';
import { MADE } from './made.ts';
import type { NewFile, StagedReject } from './store.ts';

/**
 * A row of a staging table under its contract's JSON names, normalised, but for what all rows of its file share. What is missing may be left
 * out, and what no column has may be there: it is not written.
 */
export type StagedRow = Readonly<Record<string, unknown>>;

/** What an SQL text cannot hold (NUL), and what is no character (half of one); JSON has both only by such an escape. */
const UNFIT = /[\0\p{Surrogate}]/gu;
const ESCAPE = String.raw`\u`;
const REPLACEMENT_CHARACTER = '\ufffd';

/** Turns a record into the row that is staged, or says why there is none. Never throws on what it is given. */
export function recordChecker({ name, schema }: Dataset) {
  const isSettled = settled(schema);
  const check = rowChecker(schema);
  const made = MADE[name];
  return (record: RawRecord): { readonly ok: true; readonly row: StagedRow } | Refused => {
    const read = recordText(record);
    if (!read.ok) return read;
    const parsed = parseObject(read.text);
    if (!parsed.ok) return parsed;
    const object = read.text.includes(ESCAPE) ? withFitTexts(parsed.object) : parsed.object;
    // What is settled is a row as it is, and need not be copied.
    const checked = isSettled(object) ? { ok: true as const, row: object } : check(object);
    if (!checked.ok) return checked;
    const row = checked.row as Record<string, unknown>;
    if (made) row[made.field] = made.of(row);
    row['file_line'] = record.line;
    return { ok: true, row };
  };
}

/** Texts are made fit before they are checked: what is put in their place may be longer. */
function withFitTexts(object: object): object {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, typeof value === 'string' ? fitText(value) : value]));
}

function fitText(text: string): string {
  return text.replaceAll(UNFIT, REPLACEMENT_CHARACTER);
}

/** The row that tells people what was refused. */
export function rejectOf({ dataset, file_id, file_name }: NewFile, { line, bytes }: RawRecord, reason: string): StagedReject {
  const text = (value: string, column: string) => beginning(Buffer.from(fitText(value)), maxBytesOf(column)).toString();
  return {
    dataset,
    file_id,
    file_name,
    file_line: line,
    reason: text(reason, 'reason'),
    record: text(beginning(bytes, maxBytesOf('record')).toString(), 'record'),
  };
}

function maxBytesOf(column: string): number {
  return stagedRejects.fields.find(({ name }) => name === column)!.maxBytes!;
}
