import { safeParse } from 'zod';
import type { Dataset } from '../../lib/contracts/dataset.ts';
import { refused, type Refused } from './row-checker.ts';
import { csvValue } from './csv-value.ts';

/**
 * How many times as many lines must fit a later layout: one with a row index and no label takes any line of one with label and no index,
 * the good and those whose label is wrong.
 */
const CLEARLY = 10;

/** Names of a line's fields by their place, a blank one for a field that is left out; or why the file's lines cannot be read. */
export type Columns = readonly string[] | Refused;

/** What the first lines of a file say of its columns; `header` is true where the first line names them. */
export interface Layout {
  readonly columns: Columns;
  readonly header: boolean;
}

/**
 * Finds out which columns a file has from its first lines, fields apart: a header names them. Without one they are those of the contract, in
 * its order, perhaps with a row index before them, perhaps without the label: most of the lines must agree on it.
 */
export function csvLayout(contract: Dataset, lines: readonly (readonly string[])[]): Layout {
  const first = lines[0] ?? [];
  const known = new Map(contract.fields.map(({ source }) => [source.toLowerCase(), source]));
  const names = first.map((name) => known.get(name.trim().toLowerCase()) ?? name.trim());
  if (names.some((name) => known.has(name.toLowerCase()))) return { columns: named(contract, names), header: true };
  return { columns: byPlace(contract, lines), header: false };
}

function named({ fields }: Dataset, names: readonly string[]): Columns {
  const missing = fields.filter(({ source, required }) => required && !names.includes(source)).map(({ source }) => source);
  if (missing.length > 0)
    return refused('malformed CSV', `header must name ${missing.join(' and ')}, got ${names.join(',').slice(0, 200)}`);
  const twice = names.filter((name, at) => name !== '' && names.indexOf(name) !== at);
  if (twice.length > 0) return refused('malformed CSV', `header must name each column once, got ${twice.join(' and ')} again`);
  // As data frames write the name of their row index.
  return names.map((name) => (name === 'Unnamed: 0' ? '' : name));
}

function byPlace(contract: Dataset, lines: readonly (readonly string[])[]): Columns {
  const all = contract.fields.map(({ source }) => source);
  const label = contract.fields.find(({ role, required }) => role === 'label' && !required);
  const unlabelled = label ? [all.filter((name) => name !== label.source)] : [];
  const layouts = [all, ...unlabelled].flatMap((names) => [names, ['', ...names]]);
  const best = layouts
    .map((columns) => ({ columns, fitting: lines.filter((line) => fits(contract, columns, line)).length }))
    .reduce((one, other) => (other.fitting > one.fitting * CLEARLY ? other : one));
  if (best.fitting > 0) return best.columns;
  const counts = [...new Set(layouts.map(({ length }) => length))].sort();
  return refused('malformed CSV', `line must have ${counts.join(' or ')} fields where no header names them, got other numbers`);
}

/** Whether each field may be what its column holds; a label that is one of few values tells layouts of the same length apart. */
function fits({ fields, schema }: Dataset, columns: readonly string[], line: readonly string[]): boolean {
  if (line.length !== columns.length) return false;
  return fields.every((field) => {
    const at = columns.indexOf(field.source);
    return at === -1 || safeParse(schema.shape[field.source]!, csvValue(field, line[at]!)).success;
  });
}
