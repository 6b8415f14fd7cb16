import type { Dataset } from '../../contracts/dataset.ts';
import { of } from '../../contracts/render/derivation.ts';
import { SQL } from '../../contracts/render/dialect.ts';
import { equal } from './pieces.ts';

/** That no row called `replacement`, of the next table, replaces the row called `published`. */
export function notReplaced({ key }: Dataset) {
  const pairs = key.map((column) => [column, column] as const);
  return { replaced: equal('replacement', 'published', pairs), not_replaced: `${of('replacement', key[0]!, SQL)} IS NULL` };
}
