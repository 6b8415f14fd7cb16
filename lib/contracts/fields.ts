import * as z from 'zod';

/** Zod schemas for JSON values as real sources write them: a missing field is null, and numbers may be written as floats. */

/** Earliest and latest instant a timestamp may name: outside, it is a unit mix-up (seconds, microseconds), not an event. */
const EARLIEST = Date.UTC(2000, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

const missing = <Schema extends z.ZodType>(schema: Schema) => schema.nullish().transform((value) => value ?? null);

export const requiredText = z.string({ error: must('text') }).min(1, { error: must('text that is not empty') });
export const text = missing(z.string({ error: must('text or null') }));

export const requiredInteger = z.int({ error: must('an integer') });
/** What a 4-byte column holds. */
export const integer = missing(z.int32({ error: must('an integer of 32 bits or null') }));
export const requiredDecimal = z.number({ error: must('a number') });
export const decimal = missing(z.number({ error: must('a number or null') }));

/** A text whose source writes an empty one where it knows none. */
export const textOrBlank = missing(z.string({ error: must('text or null') }).transform((value) => value.trim() || null));

/** A year; 0 means that it is not known. */
export const yearOrZero = missing(
  z
    .int({ error: must('a year from 1800 to 2100, 0 or null') })
    .refine((year) => year === 0 || (year >= 1800 && year <= 2100), { error: must('a year from 1800 to 2100, 0 or null') })
    .transform((year) => year || null),
);

/** Epoch milliseconds; a float such as 1541016707796.0 is rounded. */
const instant = z
  .number({ error: must('epoch milliseconds') })
  .refine((ms) => ms >= EARLIEST && ms < LATEST, { error: must('epoch milliseconds between the years 2000 and 2100') })
  .transform(Math.round);
export const requiredTimestamp = instant;
export const timestamp = missing(instant);

/** A day, `YYYY-MM-DD`. */
export const requiredDate = z.iso.date({ error: must('a date such as 2018-11-30') });

/** An identifier that some sources write as text and some as a number; blank means there is none. */
export const identifier = missing(
  z.union([z.string(), z.int()], { error: must('text, an integer or null') }).transform((value) => String(value).trim() || null),
);

/** The one form of every message about a value: `<what> must be <allowed>, got <value>` (the field's name is put in front). */
function must(allowed: string): (issue: { input?: unknown }) => string {
  return ({ input }) => `must be ${allowed}, got ${shown(input)}`;
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
