import * as z from 'zod';
import { missing, must } from '../schema-parts.ts';

/**
 * Values as exam attempts write them: numbers, booleans and instants come as themselves or as text, whole numbers as floats ("1.0"),
 * instants as ISO 8601 or as seconds since 1970. `spark-steps/millrace/nested.py` takes the same forms, by a column's type.
 */

const [EARLIEST, LATEST] = [Date.UTC(2000, 0, 1), Date.UTC(2100, 0, 1)];
const SECONDS = /^[+-]?\d+(\.\d+)?$/;
const ISO = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/;
const WHOLE = /^[+-]?\d+(\.0*)?$/;

const scalar = (allowed: string) => z.union([z.string(), z.number(), z.boolean()], { error: must(allowed) });
const textOf = (value: string | number | boolean) => String(value).trim();

/** A value that `read` understands, null where it is missing or blank. NaN is what `read` does not understand. */
function readAs<Value>(allowed: string, read: (text: string) => Value | undefined) {
  return missing(
    scalar(allowed).transform((value, context): Value | null => {
      const text = textOf(value);
      if (text === '') return null;
      const found = read(text);
      if (found !== undefined) return found;
      context.addIssue({ code: 'custom', message: must(allowed)({ input: value }), input: value });
      return z.NEVER;
    }),
  );
}

/** What a 4-byte column holds. */
export const wholeNumber = readAs('a whole number of 32 bits', (text) => {
  const value = Number(text);
  return WHOLE.test(text) && (value | 0) === value ? value : undefined;
});

export const yesOrNo = readAs('true or false', (text) => {
  const value = text.toLowerCase();
  return value === 'true' || value === 'false' ? value === 'true' : undefined;
});

/** Epoch milliseconds. */
export const moment = readAs('a time by ISO 8601, or in seconds since 1970, between the years 2000 and 2100', (text) => {
  const ms = Math.round(SECONDS.test(text) ? Number(text) * 1000 : ISO.test(text) ? Date.parse(inUtc(text)) : NaN);
  return ms >= EARLIEST && ms < LATEST ? ms : undefined;
});

/** An ISO time without a zone is one in UTC: to JavaScript it would be local. */
function inUtc(text: string): string {
  return /(Z|[+-]\d{2}:\d{2})$/.test(text) ? text : `${text}Z`;
}
