/** How reports read the warehouse: any engine behind one method, and the values its drivers give. */

export type Row = Record<string, unknown>;

/** All that is asked of a warehouse: PGlite, a PostgreSQL server or Redshift behind one method. */
export interface QueryableWarehouse {
  query(sql: string, params?: unknown[]): Promise<Row[]>;
}

/** An empty text is none. */
export const textOrNull = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);

/** Drivers give 64-bit and decimal columns as text or bigint. */
export const numberOrNull = (value: unknown) => (value === null || value === undefined ? null : Number(value));
