import type { Column, Dataset } from '../../lib/contracts/dataset.ts';
import { isoTime } from './iso-time.ts';

/** A row of a table as the lake and Redshift read it, and as PostgreSQL does. Neither ends its line. */
export interface RowText {
  readonly json: string;
  readonly csv: string;
}

type Row = Readonly<Record<string, unknown>>;

/**
 * Makes what writes rows, given under a contract's JSON names, under the names of its columns, with timestamps in ISO 8601 and null for
 * what is missing. Both forms are made in one pass: to look for what must be escaped takes longer than to write it twice.
 * @param same Values that all rows have, which are written once. @default - none
 */
export function tableText({ fields }: Pick<Dataset, 'fields'>, same: Row = {}): (row: Row) => RowText {
  const columns = fields.map((field, index) => {
    const { name, source } = field;
    const close = index === fields.length - 1 ? '' : ',';
    const label = `"${name}":`;
    const column = { source, form: formOf(field), label, close, nothing: `${label}null${close}`, known: undefined };
    if (!(source in same)) return column;
    const { json, csv } = tableText({ fields: [field] })(same);
    return { ...column, known: { json: json.slice(1, -1) + close, csv: csv + close } };
  });
  return (row) => {
    let json = '{';
    let csv = '';
    for (const { source, form, label, close, nothing, known } of columns) {
      if (known) {
        json += known.json;
        csv += known.csv;
        continue;
      }
      const value = row[source] ?? null;
      if (value === null) {
        json += nothing;
        csv += close;
      } else if (form === 'text' && SPECIAL.test(value as string)) {
        json += label + JSON.stringify(value) + close;
        csv += `"${(value as string).replaceAll('"', '""')}"${close}`;
      } else {
        const text =
          form === 'plain'
            ? `${value as number}${close}`
            : form === 'text'
              ? `"${value as string}"${close}`
              : `"${isoTime(value as number)}"${close}`;
        json += label;
        json += text;
        csv += text;
      }
    }
    return { json: `${json}}`, csv };
  };
}

type Form = 'text' | 'time' | 'plain';

/** What JSON does not take between quotes as it stands; CSV takes all of it but the quote. */
const SPECIAL = /["\\\u0000-\u001f]/;

const FORMS: Readonly<Record<Exclude<Column['type'], 'binary'>, Form>> = {
  string: 'text',
  date: 'text',
  int: 'plain',
  long: 'plain',
  double: 'plain',
  boolean: 'plain',
  timestamp: 'time',
};

function formOf({ name, type }: Column): Form {
  if (type === 'binary') throw new Error(`column of a staged table must not be binary, got ${name}`);
  return FORMS[type];
}
