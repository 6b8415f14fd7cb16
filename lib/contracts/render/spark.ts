import type { Column, ColumnType, Dataset, Field } from '../dataset.ts';
import type { Derivation, Lookup } from '../derivation.ts';
import { KAFKA_COLUMNS, LANDED_COLUMNS, QUARANTINE_COLUMNS } from '../kafka.ts';
import { FILE_COLUMNS } from '../staging.ts';
import { renderChecks } from './checks.ts';
import { sparkMessage, type SparkMessage } from './nested.ts';

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
  /** The data set's own columns; `metadata.source` is a column's name in JSON messages, `metadata.from` where its value is from. */
  readonly schema: SparkStruct;
  /** Columns that ingest adds to each row. */
  readonly kafka: SparkStruct;
  /** The whole quarantine table. */
  readonly quarantine: SparkStruct;
  /** Columns that staging adds to each row. */
  readonly staging: SparkStruct;
  /** How Iceberg partitions the table; left out where the step that writes it says so. */
  readonly lakePartition?: string;
  /** How its rows follow from staged ones; data sets are said by their names. Left out where a step writes it. */
  readonly derivation?: Omit<Derivation, 'source' | 'lookup'> & { readonly source: string; readonly lookup?: NamedLookup };
  /** Queries that give a row for each check that does not hold, over tables by their own names and `staged_<source>`. */
  readonly checks: readonly string[];
  /** What lies in each message, and the columns that landing adds to each row. Left out where the messages are the rows. */
  readonly message?: SparkMessage & { readonly landed: SparkStruct };
}

type NamedLookup = Omit<Lookup, 'table'> & { readonly table: string; readonly key: readonly string[] };

interface SparkStruct {
  readonly type: 'struct';
  readonly fields: readonly { name: string; type: string; nullable: boolean; metadata: Record<string, unknown> }[];
}

export function sparkContract(dataset: Dataset): SparkContract {
  const { name, description, key, fields, lakePartition, derivation, message } = dataset;
  return {
    name,
    description,
    key,
    schema: struct(fields),
    kafka: struct(KAFKA_COLUMNS),
    quarantine: struct(QUARANTINE_COLUMNS),
    staging: struct(FILE_COLUMNS),
    ...(lakePartition !== undefined && { lakePartition }),
    ...(derivation && { derivation: named(derivation) }),
    checks: renderChecks(dataset, { engine: 'spark' }),
    ...(message && { message: { ...sparkMessage(message), landed: struct(LANDED_COLUMNS) } }),
  };
}

/** A step gets each contract as a file of its own, so a contract names the others. */
function named({ source, lookup, ...rest }: Derivation): SparkContract['derivation'] {
  return { ...rest, source: source.name, ...(lookup && { lookup: { ...lookup, table: lookup.table.name, key: lookup.table.key } }) };
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
