import * as z from 'zod';
import { missing, must } from './schema-parts.ts';
import { withSettled, type IsSettled } from './settled.ts';

/** Zod schemas for JSON values as real sources write them: a missing field is null, and numbers may be written as floats. */

/** Earliest and latest instant a timestamp may name: outside, it is a unit mix-up (seconds, microseconds), not an event. */
const EARLIEST = Date.UTC(2000, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

const orNull =
  (isSettled: IsSettled): IsSettled =>
  (value) =>
    value === null || isSettled(value);

/** Fields that take every text with no blanks around it say so. */
const WORDS = true;

const isText = (value: unknown) => typeof value === 'string';
const isTrimmedText = (value: unknown) => typeof value === 'string' && value !== '' && value.trim() === value;
const isNumber = (value: unknown) => Number.isFinite(value);
const isInteger = (value: unknown) => Number.isSafeInteger(value);
const isInt32 = (value: unknown) => Number.isSafeInteger(value) && ((value as number) | 0) === value;

/** Blanks alone are no text: Spark takes them for null. */
const isFilledText = (value: unknown) => typeof value === 'string' && value.trim() !== '';
export const requiredText = withSettled(
  z.string({ error: must('text') }).refine(isFilledText, { error: must('text that is not empty') }),
  isFilledText,
  WORDS,
);
export const text = withSettled(missing(z.string({ error: must('text or null') })), orNull(isText), WORDS);

export const requiredInteger = withSettled(z.int({ error: must('an integer') }), isInteger);
/** What a 4-byte column holds. */
export const integer = withSettled(missing(z.int32({ error: must('an integer of 32 bits or null') })), orNull(isInt32));
export const requiredDecimal = withSettled(z.number({ error: must('a number') }), isNumber);
export const decimal = withSettled(missing(z.number({ error: must('a number or null') })), orNull(isNumber));

const SECONDS = 'seconds: 0, or 0.001 to 86400';
/** How long something lasts: a day at most, and no fraction that sums would lose themselves in. */
const isSeconds = (value: unknown) => value === 0 || (isNumber(value) && (value as number) >= 0.001 && (value as number) <= 86_400);
const lasting = (allowed: string) => z.number({ error: must(allowed) }).refine(isSeconds, { error: must(allowed) });
export const requiredSeconds = withSettled(lasting(SECONDS), isSeconds);
export const seconds = withSettled(missing(lasting(`${SECONDS}, or null`)), orNull(isSeconds));

/** A text whose source writes an empty one where it knows none. */
export const textOrBlank = withSettled(
  missing(z.string({ error: must('text or null') }).transform((value) => value.trim() || null)),
  orNull(isTrimmedText),
  WORDS,
);

const isYear = (year: unknown) => Number.isInteger(year) && (year as number) >= 1800 && (year as number) <= 2100;
/** A year; 0 means that it is not known. */
export const yearOrZero = withSettled(
  missing(
    z
      .int({ error: must('a year from 1800 to 2100, 0 or null') })
      .refine((year) => year === 0 || isYear(year), { error: must('a year from 1800 to 2100, 0 or null') })
      .transform((year) => year || null),
  ),
  orNull(isYear),
);

const isInstant = (ms: unknown) => (ms as number) >= EARLIEST && (ms as number) < LATEST;
const isSettledInstant = (ms: unknown) => Number.isInteger(ms) && isInstant(ms);
/** Epoch milliseconds; a float such as 1541016707796.0 is rounded. */
const instant = z
  .number({ error: must('epoch milliseconds') })
  .refine(isInstant, { error: must('epoch milliseconds between the years 2000 and 2100') })
  .transform(Math.round);
export const requiredTimestamp = withSettled(instant, isSettledInstant);
export const timestamp = withSettled(missing(instant), orNull(isSettledInstant));

/** A day, `YYYY-MM-DD`. */
export const requiredDate = z.iso.date({ error: must('a date such as 2018-11-30') });

/** An identifier that some sources write as text and some as a number; blank means there is none. */
export const identifier = withSettled(
  missing(z.union([z.string(), z.int()], { error: must('text, an integer or null') }).transform((value) => String(value).trim() || null)),
  orNull(isTrimmedText),
  WORDS,
);

/** The same where there must be one. */
export const requiredIdentifier = withSettled(
  z
    .union([z.string(), z.int()], { error: must('text or an integer') })
    .transform((value) => String(value).trim())
    .refine((value) => value !== '', { error: must('text that is not empty') }),
  isTrimmedText,
  WORDS,
);

const isOutcome = (value: unknown) => value === 0 || value === 1;
/** Whether something happened: 1, or 0. */
export const requiredOutcome = withSettled(z.union([z.literal(0), z.literal(1)], { error: must('0 or 1') }), isOutcome);
/** The same where it may not be known yet. */
export const outcome = withSettled(missing(z.union([z.literal(0), z.literal(1)], { error: must('0, 1 or null') })), orNull(isOutcome));

/** From 0 to 1. */
export const requiredProbability = withSettled(
  z
    .number({ error: must('a number from 0 to 1') })
    .min(0, { error: must('a number from 0 to 1') })
    .max(1, { error: must('a number from 0 to 1') }),
  (value) => isNumber(value) && (value as number) >= 0 && (value as number) <= 1,
);

/** The same where it may not be known. */
export const probability = missing(requiredProbability);
