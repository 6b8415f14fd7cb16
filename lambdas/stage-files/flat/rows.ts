import { DEFAULT_MAX_BYTES, type Dataset, type Field } from '../../../lib/contracts/dataset.ts';
import { staged } from '../../../lib/contracts/staging.ts';
import type { RawRecord } from '../../shared/row-checker.ts';
import { isoTime } from '../iso-time.ts';
import type { Lines } from '../lines.ts';
import { MADE } from '../made.ts';
import type { NewFile } from '../store.ts';
import { numberField, textField, type FieldWriter } from './fields.ts';
import { FlatRecord } from './record.ts';

const COMMA = 0x2c;
/** Bytes that a field takes beside those of its text: more than a time, an id, a number or quotes do. */
const MOST_A_FIELD = 64;

/**
 * Makes what writes most records of a file as rows of CSV straight from their bytes, to what `tableText` writes of them, and faster.
 * What it cannot vouch for it leaves alone, and says so by false: `recordChecker` has to be asked, which knows why a record does not fit.
 */
export function flatRows(contract: Dataset, about: NewFile, lines: Lines): (record: RawRecord) => boolean {
  const record = new FlatRecord(Object.keys(contract.schema.shape));
  const columns = staged(contract).fields;
  const writers = columns.map((column) => knownField(column, about, lines) ?? recordField(contract, column, record, lines));
  // However long a record is: what no column has is not written, and no text that its column has no room for.
  const most = columns.reduce((bytes, { maxBytes = DEFAULT_MAX_BYTES }) => bytes + maxBytes + MOST_A_FIELD, 0);
  return ({ bytes, size, fault, line }) => {
    if (fault !== undefined || size !== bytes.length || !record.read(bytes)) return false;
    lines.reserve(most);
    const start = lines.length;
    for (let place = 0; place < writers.length; place++) {
      if (place > 0) lines.put(COMMA);
      if (!writers[place]!(line)) {
        lines.length = start;
        return false;
      }
    }
    lines.endLine();
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

function recordField(contract: Dataset, column: Field, record: FlatRecord, lines: Lines): FieldWriter {
  const { source, type } = column;
  const made = MADE[contract.name];
  if (source === made?.field) return made.ofFlat(record, lines);
  const schema = contract.schema.shape[source]!;
  return type === 'string' ? textField(record, lines, column, schema) : numberField(record, lines, column, schema);
}
