import type { Column, Dataset } from '../../lib/contracts/dataset.ts';
import { isoTime } from './iso-time.ts';

/** How rows are written: as JSON, for the lake and Redshift, or as CSV, which PostgreSQL copies as it stands and Spark reads as well. */
export type TextForm = 'json' | 'csv';

type Row = Readonly<Record<string, unknown>>;

/**
 * Makes what writes rows, given under a contract's JSON names, as lines without their end: under the names of its columns, or in their
 * order, with timestamps in ISO 8601. What is missing is null; in CSV a null is an empty field, and an empty text is `""`.
 * @param same Values that all rows have, which are written once. @default - none
 */
export function tableText({ fields }: Pick<Dataset, 'fields'>, form: TextForm, same: Row = {}): (row: Row) => string {
  const { open, close, label, nothing, quote, special, escaped } = FORMS[form];
  const textOf = (value: unknown, kind: Kind) => {
    if (kind === 'plain') return `${value as number}`;
    if (kind === 'time') return quote + isoTime(value as number) + quote;
    return special.test(value as string) ? escaped(value as string) : quote + (value as string) + quote;
  };
  const columns = fields.map((field, index) => {
    const { source } = field;
    const before = (index === 0 ? open : ',') + label(field);
    const column = { source, kind: kindOf(field), before, missing: before + nothing, known: undefined };
    return source in same ? { ...column, known: before + textOf(same[source], column.kind) } : column;
  });
  return (row) => {
    let text = '';
    for (const { source, kind, before, missing, known } of columns) {
      if (known !== undefined) {
        text += known;
        continue;
      }
      const value = row[source] ?? null;
      if (value === null) {
        text += missing;
      } else {
        text += before;
        text += textOf(value, kind);
      }
    }
    return text + close;
  };
}

interface Form {
  readonly open: string;
  readonly close: string;
  readonly label: (column: Column) => string;
  readonly nothing: string;
  /** What stands before and behind a text that is written as it is. */
  readonly quote: string;
  /** What a text cannot hold to be written as it is. */
  readonly special: RegExp;
  readonly escaped: (text: string) => string;
}

const FORMS: Readonly<Record<TextForm, Form>> = {
  json: {
    open: '{',
    close: '}',
    label: ({ name }) => `"${name}":`,
    nothing: 'null',
    quote: '"',
    special: /["\\\u0000-\u001f]/,
    escaped: (text) => JSON.stringify(text),
  },
  csv: {
    open: '',
    close: '',
    label: () => '',
    nothing: '',
    // Where quotes are left out that are not needed, PostgreSQL takes a sixth less time to read it.
    quote: '',
    special: /^$|[",\r\n]/,
    escaped: (text) => `"${text.replaceAll('"', '""')}"`,
  },
};

type Kind = 'text' | 'time' | 'plain';

const KINDS: Readonly<Record<Exclude<Column['type'], 'binary'>, Kind>> = {
  string: 'text',
  date: 'text',
  int: 'plain',
  long: 'plain',
  double: 'plain',
  boolean: 'plain',
  timestamp: 'time',
};

function kindOf({ name, type }: Column): Kind {
  if (type === 'binary') throw new Error(`column of a staged table must not be binary, got ${name}`);
  return KINDS[type];
}
