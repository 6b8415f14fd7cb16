import * as z from 'zod';
import type { Check, Derivation, Origin } from './derivation.ts';
import type { Nested } from './nested.ts';
import { isSettledBy, takesWords, withSettled } from './settled.ts';

/** What a column holds, in the lake and in the warehouse. Timestamps travel in JSON as epoch milliseconds (UTC), dates as `YYYY-MM-DD`. */
export type ColumnType = 'string' | 'int' | 'long' | 'double' | 'boolean' | 'timestamp' | 'date' | 'binary';

/** What a column is for: steps choose their columns by it (a model trains on every `feature`). */
export type ColumnRole = 'key' | 'feature' | 'label';

export interface Column {
  /** Name in the lake and the warehouse, snake_case. */
  readonly name: string;
  readonly type: ColumnType;
  /** One line for people: it becomes the column's comment in Glue, Redshift and PostgreSQL. */
  readonly description: string;
  readonly role?: ColumnRole;
  /** Words for a report's reader, where the name is not enough. @default - the name with spaces */
  readonly label?: string;
  /** Longest text in UTF-8 bytes: Redshift's VARCHAR length. A longer one does not fit the contract. @default 256 */
  readonly maxBytes?: number;
  /** Of a derived table: where the value is from. @default - the source's column of the same name */
  readonly from?: Origin;
}

export const DEFAULT_MAX_BYTES = 256;

/** A column together with its name in JSON messages, and whether a row must have it. */
export interface Field extends Column {
  readonly source: string;
  readonly required: boolean;
}

/** A data set's contract: the one place where its columns are written down. Every schema, DDL and check is rendered from it. */
export interface Dataset<Shape extends z.ZodRawShape = z.ZodRawShape> {
  /** Table name, snake_case. */
  readonly name: string;
  readonly description: string;
  readonly schema: z.ZodObject<Shape>;
  readonly fields: readonly Field[];
  /** Columns that tell rows apart. */
  readonly key: readonly string[];
  /** Columns of the key whose values name a slice: a load replaces each slice it brings rows of, whole, and leaves the other slices alone. */
  readonly partitionBy: readonly string[];
  /** How Iceberg partitions the lake's table, such as `months(start_time)`. @default - not at all, or as the step that writes it says */
  readonly lakePartition?: string;
  /** How its rows follow from staged ones. @default - a step writes it */
  readonly derivation?: Derivation;
  /** What must hold before anybody reads it. */
  readonly checks: readonly Check[];
  /**
   * What a pipeline keeps in it, where the warehouse's readers leave it alone: rows as they came, or (`scratch`) rows that each run makes
   * again. Nothing has checked them yet, so that no key is promised. @default - a table for readers
   */
  readonly work?: 'staging' | 'scratch';
  /** Of a table of messages as they came: what lies in each. @default - its messages are its rows, or it is no such table */
  readonly message?: Nested;
}

/** A column as a contract declares it: `schema` says what its JSON value must be and how it is normalised. */
interface Declared<Schema extends z.ZodType> extends Column {
  readonly schema: Schema;
}

type ShapeOf<Columns extends Record<string, Declared<z.ZodType>>> = { [Source in keyof Columns]: Columns[Source]['schema'] };

/** Declares a column from the zod schema of its JSON value and what the tables say of it. */
export function column<Schema extends z.ZodType>(schema: Schema, about: Column): Declared<Schema> {
  return { ...about, schema };
}

/** Declares a data set from its columns, keyed by their JSON names. */
export function dataset<Columns extends Record<string, Declared<z.ZodType>>>(options: {
  name: string;
  description: string;
  key: readonly string[];
  /** @default - the key: a load replaces single rows */
  partitionBy?: readonly string[];
  lakePartition?: string;
  derivation?: Derivation;
  /** @default - none */
  checks?: readonly Check[];
  /** @default - its messages are its rows, or it is no table of messages */
  message?: Nested;
  columns: Columns;
}): Dataset<ShapeOf<Columns>> {
  const declared = Object.entries(options.columns);
  const fields = declared.map(([source, { schema, ...about }]): Field => ({ ...about, source, required: !schema.safeParse(null).success }));
  const { name, description, key, partitionBy = key, lakePartition, derivation, checks = [], message } = options;
  const unknown = key.filter((column) => !fields.some((field) => field.name === column));
  if (key.length === 0 || unknown.length > 0) throw new Error(`the key of ${name} must be made of its columns, got ${listed(unknown)}`);
  const outside = partitionBy.filter((column) => !key.includes(column));
  if (partitionBy.length === 0 || outside.length > 0) {
    throw new Error(`the partition of ${name} must be made of its key's columns, got ${listed(outside)}`);
  }
  const shape = Object.fromEntries(declared.map(([source, each]) => [source, bounded(each)])) as ShapeOf<Columns>;
  return {
    name,
    description,
    key,
    partitionBy,
    schema: z.object(shape),
    fields,
    checks,
    ...(lakePartition !== undefined && { lakePartition }),
    ...(derivation && { derivation }),
    ...(message && { message }),
  };
}

/** A text that its column in the warehouse has no room for is told where it comes in, not when a load fails on it. */
function bounded({ schema, type, maxBytes = DEFAULT_MAX_BYTES }: Declared<z.ZodType>): z.ZodType {
  if (type !== 'string') return schema;
  const bytes = (value: unknown) => (typeof value === 'string' ? Buffer.byteLength(value) : 0);
  const checked = schema.refine((value) => bytes(value) <= maxBytes, {
    error: ({ input }) => `must be at most ${maxBytes} bytes of UTF-8, got ${bytes(input)}`,
  });
  const isSettled = isSettledBy(schema);
  if (!isSettled) return checked;
  // A character is at most three bytes for each unit of its length, so that most texts need not be measured.
  const fits = (value: unknown) => typeof value !== 'string' || value.length * 3 <= maxBytes || bytes(value) <= maxBytes;
  return withSettled(checked, (value) => isSettled(value) && fits(value), takesWords(schema));
}

function listed(names: readonly string[]): string {
  return names.length > 0 ? names.join(', ') : 'none';
}
