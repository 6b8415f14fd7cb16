import type { z } from 'zod';

/** The same schema, where a missing value is null. */
export const missing = <Schema extends z.ZodType>(schema: Schema) => schema.nullish().transform((value) => value ?? null);

/** The one form of every message about a value: `<what> must be <allowed>, got <value>` (the field's name is put in front). */
export function must(allowed: string): (issue: { input?: unknown }) => string {
  return ({ input }) => `must be ${allowed}, got ${shown(input)}`;
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  // JSON has no number as large as the 1e400 that it was written as.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
