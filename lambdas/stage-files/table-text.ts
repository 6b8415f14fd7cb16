import type { Column, Dataset } from '../../lib/contracts/dataset.ts';
import { isoTime } from './iso-time.ts';

/** A row of a table as the lake and Redshift read it, and as PostgreSQL does. Neither ends its line. */
export interface RowText {
  readonly json: string;
  readonly csv: string;
}

/**
 * Makes what writes rows, given under a contract's JSON names, under the names of its columns, with timestamps in ISO 8601 and null for
 * what is missing. Both forms are made in one pass: to look for what must be escaped takes longer than to write it twice.
 */
export function tableText({ fields }: Pick<Dataset, 'fields'>): (row: Readonly<Record<string, unknown>>) => RowText {
  const columns = fields.map((field, index) => ({
    source: field.source,
    label: `${index === 0 ? '{' : ','}"${field.name}":`,
    comma: index === 0 ? '' : ',',
    form: formOf(field),
  }));
  return (row) => {
    let json = '';
    let csv = '';
    for (const { source, label, comma, form } of columns) {
      const value = row[source] ?? null;
      if (value === null) {
        json += `${label}null`;
        csv += comma;
      } else if (form === 'text' && SPECIAL.test(value as string)) {
        json += label + JSON.stringify(value);
        csv += `${comma}"${(value as string).replaceAll('"', '""')}"`;
      } else {
        const text = form === 'plain' ? `${value as number}` : form === 'text' ? `"${value as string}"` : `"${isoTime(value as number)}"`;
        json += label + text;
        csv += comma + text;
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
