import type { Dataset } from './dataset.ts';

/** How the rows of a table follow from staged ones: the warehouse's SQL and the lake's Spark step both go by it. */
export interface Derivation {
  /** Data set whose staged rows it is made of. */
  readonly source: Dataset;
  /** Takes only the rows that have this value. @default - all */
  readonly where?: { readonly column: string; readonly is: string };
  /**
   * Of several rows with the same key the one that is last by these columns of the source, compared in this order, and after them by
   * when they were staged. Rows whose key is null make no row.
   */
  readonly latestBy: readonly string[];
  /** Looks each row up in the rows of another table. @default - no other table */
  readonly lookup?: Lookup;
}

/**
 * One row of another table, or none, for each source row. Of several that fit it is the one nearest in `near`, and of those as near as
 * each other the one with the smallest key: a row is never multiplied, and none is dropped.
 */
export interface Lookup {
  /** A derived table with one column in its key. */
  readonly table: Dataset;
  /** Columns of the source and columns of the table that must be equal. */
  readonly on: readonly { readonly column: string; readonly equals: string }[];
  /** A number of the source and one of the table that must be no further apart than `within`. */
  readonly near: { readonly column: string; readonly to: string; readonly within: number };
}

/** Where the value of a derived column is from. @default - the source's column of the same name */
export type Origin =
  /** A column of the source. */
  | { readonly column: string }
  /** A column of the table that was looked up; null where nothing was found. */
  | { readonly found: string }
  /** A part of an instant of the source, in UTC. `week` is of ISO 8601; `weekday` is 0 (Sunday) to 6. */
  | { readonly part: TimePart; readonly of: string };

export type TimePart = 'hour' | 'day' | 'week' | 'month' | 'year' | 'weekday';

/** What must hold of a table before anybody reads it. */
export type Check =
  | { readonly kind: 'not null'; readonly column: string }
  | { readonly kind: 'unique'; readonly columns: readonly string[] }
  /** Each value that is not null is there in the other table's column. */
  | { readonly kind: 'references'; readonly column: string; readonly table: string; readonly to: string }
  /** One row for each key of the source's rows: none lost, none multiplied. */
  | { readonly kind: 'row count' }
  /** The newest row is as new as the newest source row, but for `withinMinutes`. */
  | { readonly kind: 'fresh'; readonly column: string; readonly sourceColumn: string; readonly withinMinutes: number };

/** What a failed check is called: `unique (song_id)`, `references artists (artist_id)`, … */
export function checkName(check: Check): string {
  switch (check.kind) {
    case 'not null':
      return `not null (${check.column})`;
    case 'unique':
      return `unique (${check.columns.join(', ')})`;
    case 'references':
      return `references ${check.table} (${check.column})`;
    case 'row count':
      return 'row count';
    case 'fresh':
      return `fresh (${check.column})`;
  }
}
