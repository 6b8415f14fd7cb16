import type { Field } from '../../lib/contracts/dataset.ts';
import { csvTime } from './csv-time.ts';

const NUMBER = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** The JSON value that a field of a CSV line stands for by its column's type; what it is not stays text, which the contract refuses. */
export function csvValue({ type }: Pick<Field, 'type'>, text: string): string | number | null {
  if (type === 'string') return text;
  const trimmed = text.trim();
  if (trimmed === '') return null;
  if (type === 'timestamp') return csvTime(trimmed) ?? text;
  return NUMBER.test(trimmed) ? Number(trimmed) : text;
}
