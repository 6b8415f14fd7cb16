import type { Column, ColumnType, Dataset, Field } from '../dataset.ts';
import { KAFKA_COLUMNS, QUARANTINE_COLUMNS } from '../kafka.ts';

const SPARK_TYPES: Record<ColumnType, string> = {
  string: 'string',
  int: 'integer',
  long: 'long',
  double: 'double',
  boolean: 'boolean',
  timestamp: 'timestamp',
  date: 'date',
  binary: 'binary',
};

/** A contract as the Spark steps read it (`--contract FILE`): tables as Spark's own JSON of a StructType. */
export interface SparkContract {
  readonly name: string;
  readonly description: string;
  readonly key: readonly string[];
  /** The data set's own columns; `metadata.source` is a column's name in JSON messages. */
  readonly schema: SparkStruct;
  /** Columns that ingest adds to each row. */
  readonly kafka: SparkStruct;
  /** The whole quarantine table. */
  readonly quarantine: SparkStruct;
}

interface SparkStruct {
  readonly type: 'struct';
  readonly fields: readonly { name: string; type: string; nullable: boolean; metadata: Record<string, unknown> }[];
}

export function sparkContract({ name, description, key, fields }: Dataset): SparkContract {
  return { name, description, key, schema: struct(fields), kafka: struct(KAFKA_COLUMNS), quarantine: struct(QUARANTINE_COLUMNS) };
}

function struct(columns: readonly (Column | Field)[]): SparkStruct {
  return {
    type: 'struct',
    fields: columns.map(({ name, type, description, ...rest }) => ({
      name,
      type: SPARK_TYPES[type],
      // Lake columns stay nullable: what a row must have is checked where it comes in, and reported there.
      nullable: true,
      metadata: { comment: description, ...rest },
    })),
  };
}
