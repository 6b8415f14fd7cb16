import { byFirst, messageFields, type Nested } from '../nested.ts';
import { sparkContract, type SparkContract } from './spark.ts';

/** A message as a Spark step reads it. */
export interface SparkMessage {
  /** Spark's JSON of a StructType. Every value is read as text: a number, or a boolean, may be written as one. */
  readonly schema: NestedStruct;
  readonly rows: SparkRows;
}

/** The rows of one table in a message, and of the tables in each of them. */
interface SparkRows {
  readonly contract: SparkContract;
  readonly lists: readonly { readonly at: string; readonly rows: SparkRows }[];
}

interface NestedStruct {
  readonly type: 'struct';
  readonly fields: readonly { name: string; type: NestedType; nullable: true; metadata: object }[];
}
type NestedType = 'string' | NestedStruct | { readonly type: 'array'; readonly elementType: NestedStruct; readonly containsNull: true };

export function sparkMessage(nested: Nested): SparkMessage {
  return { schema: nestedStruct(nested), rows: sparkRows(nested) };
}

function sparkRows({ rows, lists = {} }: Nested): SparkRows {
  return { contract: sparkContract(rows), lists: Object.entries(lists).map(([at, nested]) => ({ at, rows: sparkRows(nested) })) };
}

function nestedStruct({ rows, lists = {} }: Nested): NestedStruct {
  const values = messageFields(rows).map(({ source }): Entry => [source.split('.'), 'string']);
  const inner = Object.entries(lists).map(([path, nested]): Entry => {
    return [path.split('.'), { type: 'array', elementType: nestedStruct(nested), containsNull: true }];
  });
  return structOf([...values, ...inner]);
}

type Entry = readonly [path: readonly string[], type: NestedType];

function structOf(entries: readonly Entry[]): NestedStruct {
  const fields = [...byFirst(entries)].map(([name, within]) => {
    const leaf = within.find(([path]) => path.length === 0);
    return { name, type: leaf ? leaf[1] : structOf(within), nullable: true as const, metadata: {} };
  });
  return { type: 'struct', fields };
}
