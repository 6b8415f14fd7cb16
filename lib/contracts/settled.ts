import type * as z from 'zod';

/** Says of a JSON value that a schema gives it back as it is. False says nothing: the schema has to be asked. */
export type IsSettled = (value: unknown) => boolean;

/**
 * Plain predicates beside zod's schemas. zod looks at some 60,000 events a second, and nearly all of them are well-formed already:
 * a predicate tells so ten times as fast.
 *
 * Not a registry of zod's, where a schema that is refined further keeps what was registered for the one that it was made of.
 */
const predicates = new WeakMap<z.core.$ZodType, Predicate>();

interface Predicate {
  readonly isSettled: IsSettled;
  readonly takesWords: boolean;
}

/**
 * The schema, with a predicate that must never be true of a value which the schema refuses or changes.
 * @param takesWords Whether it is true of every text that begins and ends with what is no blank, and is not longer than its column
 */
export function withSettled<Schema extends z.ZodType>(schema: Schema, isSettled: IsSettled, takesWords = false): Schema {
  predicates.set(schema, { isSettled, takesWords });
  return schema;
}

export function isSettledBy(schema: z.core.$ZodType): IsSettled | undefined {
  return predicates.get(schema)?.isSettled;
}

/** Whether a text need not be looked into but for its ends and its length. */
export function takesWords(schema: z.core.$ZodType): boolean {
  return predicates.get(schema)?.takesWords ?? false;
}

/**
 * Tells whether the schema would give a record's known fields back as they are, but for missing ones, which it gives back as null.
 * False says nothing, as with a schema whose fields have no predicates.
 */
export function settled(schema: z.ZodObject): (record: object) => boolean {
  const fields = Object.entries<z.core.$ZodType>(schema.shape as z.core.$ZodShape).map(([name, field]) => ({
    name,
    isSettled: isSettledBy(field) ?? never,
  }));
  return (record) => {
    const values = record as Readonly<Record<string, unknown>>;
    for (const { name, isSettled } of fields) if (!isSettled(values[name] ?? null)) return false;
    return true;
  };
}

const never: IsSettled = () => false;
