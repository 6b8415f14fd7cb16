import type { Row } from '../warehouse.ts';

/** Rows by the names of their columns. Of columns with the same name, as of two `count(*)`, the later ones are numbered: none hides another. */
export function rowsOf<R = Row>(names: readonly string[], rows: readonly (readonly unknown[])[]): R[] {
  const unique = uniqueNames(names);
  return rows.map((values) => Object.fromEntries(unique.map((name, index) => [name, values[index]])) as R);
}

function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set(names);
  const seen = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let number = 2; seen.has(unique) || (unique !== name && taken.has(unique)); number++) unique = `${name}_${number}`;
    seen.add(unique);
    return unique;
  });
}
