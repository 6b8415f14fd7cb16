import type { Dataset, Field } from '../../../lib/contracts/dataset.ts';
import { staged } from '../../../lib/contracts/staging.ts';
import type { RawRecord } from '../../shared/row-checker.ts';
import { isoTime } from '../iso-time.ts';
import type { Lines } from '../lines.ts';
import { MADE } from '../made.ts';
import type { NewFile } from '../store.ts';
import { numberField, textField, timeField, type FieldWriter } from './fields.ts';
import { FlatRecord } from './record.ts';

const LINE_FEED = 0x0a;
const COMMA = 0x2c;
/** Bytes that a field has room for beside those of the record: more than a time, an id or the number of a line takes. */
const ROOM_A_FIELD = 64;

/**
 * Makes what writes most records of a file as rows of CSV straight from their bytes, to what `tableText` writes of them, and faster.
 * What it cannot vouch for it leaves alone, and says so by false: `recordChecker` has to be asked, which knows why a record does not fit.
 */
export function flatRows(contract: Dataset, about: NewFile, lines: Lines): (record: RawRecord) => boolean {
  const record = new FlatRecord(Object.keys(contract.schema.shape));
  const columns = staged(contract).fields;
  const writers = columns.map((column) => knownField(column, about, lines) ?? fieldOf(contract, column, record, lines));
  const room = ROOM_A_FIELD * columns.length;
  return ({ bytes, size, fault, line }) => {
    if (fault !== undefined || size !== bytes.length || !record.read(bytes)) return false;
    const start = lines.length;
    lines.reserve(2 * size + room);
    for (const write of writers) {
      if (!write(line)) {
        lines.length = start;
        return false;
      }
      lines.put(COMMA);
    }
    lines.bytes[lines.length - 1] = LINE_FEED;
    return true;
  };
}

/** What a row has of its file, and not of its record. */
function knownField({ source }: Field, { file_id, staged_at }: NewFile, lines: Lines): FieldWriter | undefined {
  if (source === 'file_line') {
    return (line) => {
      lines.ascii(`${line}`);
      return true;
    };
  }
  const text = { file_id, staged_at: isoTime(staged_at) }[source];
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text);
  return () => {
    lines.copy(bytes, 0, bytes.length);
    return true;
  };
}

function fieldOf(contract: Dataset, column: Field, record: FlatRecord, lines: Lines): FieldWriter {
  const { source, type } = column;
  const made = MADE[contract.name];
  if (source === made?.field) return made.ofFlat(record, lines);
  const schema = contract.schema.shape[source]!;
  if (type === 'string') return textField(record, lines, column, schema);
  return type === 'timestamp' ? timeField(record, lines, column, schema) : numberField(record, lines, column, schema);
}
