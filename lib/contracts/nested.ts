import * as z from 'zod';
import type { Dataset } from './dataset.ts';
import { missing, must } from './schema-parts.ts';

/**
 * A nested message as flat data sets, so that a column is written down once: the rows of `rows` are the objects, those of `lists` the
 * objects of the lists within each. The names of fields, and those of lists, are paths such as `sequences.counts.total`. A column
 * whose role is `key` says where a row lies, and is in no message.
 */
export interface Nested {
  readonly rows: Dataset;
  /** By their paths. @default - none */
  readonly lists?: Readonly<Record<string, Nested>>;
}

/** The data sets that a message is made of, outermost first. */
export function datasetsOf({ rows, lists = {} }: Nested): Dataset[] {
  return [rows, ...Object.values(lists).flatMap(datasetsOf)];
}

/** What one object of a message must be: a part that is missing is null. */
export function messageSchema({ rows, lists = {} }: Nested): z.ZodType {
  const fields = messageFields(rows).map(({ source }): Entry => [source.split('.'), rows.schema.shape[source] as z.ZodType]);
  const inner = Object.entries(lists).map(([path, nested]): Entry => {
    const list = z.array(messageSchema(nested), { error: must('a list of objects or null') });
    return [path.split('.'), missing(list)];
  });
  return objectOf([...fields, ...inner]);
}

/** The columns that a message says, not where it lies. */
export function messageFields({ fields }: Pick<Dataset, 'fields'>): Dataset['fields'] {
  return fields.filter(({ role }) => role !== 'key');
}

type Entry = readonly [path: readonly string[], schema: z.ZodType];

function objectOf(entries: readonly Entry[]): z.ZodType {
  const shape: Record<string, z.ZodType> = {};
  for (const [name, within] of byFirst(entries)) {
    const leaf = within.find(([path]) => path.length === 0);
    shape[name] = leaf ? leaf[1] : missing(objectOf(within));
  }
  return z.object(shape, { error: must('an object') });
}

/** Entries by the first step of their paths, less that step. */
export function byFirst<Value>(entries: readonly (readonly [readonly string[], Value])[]): Map<string, [readonly string[], Value][]> {
  const groups = new Map<string, [readonly string[], Value][]>();
  for (const [[first = '', ...rest], value] of entries) {
    const group = groups.get(first) ?? [];
    groups.set(first, group);
    group.push([rest, value]);
  }
  return groups;
}
