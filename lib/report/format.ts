/** Figures and dates as the reports write them: British English, UTC. */

const integers = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
const days = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
const shortDays = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const months = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric', timeZone: 'UTC' });
const compact = new Intl.NumberFormat('en-GB', { notation: 'compact', maximumFractionDigits: 1 });
const minutes = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });

/** What stands where there is no value. */
export const NONE = '–';

/** A count: `12,345`. */
export function count(value: number): string {
  return integers.format(value);
}

/** A count where there is little room: `9,999`, `12.3k`. */
export function shortCount(value: number): string {
  return value < 10_000 ? count(value) : compact.format(value).toLowerCase();
}

/** A count with its noun: `1 listener`, `2,000 listeners`. */
export function counted(value: number, singular: string, plural = `${singular}s`): string {
  return `${count(value)} ${value === 1 ? singular : plural}`;
}

/** A share of 1 as a percentage. What is not quite nothing or not quite all never reads 0% or 100%. */
export function percent(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return NONE;
  if (share > 0 && share < 0.001) return '<0.1%';
  if (share < 1 && share > 0.999) return '>99.9%';
  const digits = share > 0 && share < 1 && (share < 0.095 || share > 0.99) ? 1 : 0;
  return `${(share * 100).toFixed(digits)}%`;
}

/** A measured value at the precision a reader needs: `1,234`, `12.3`, `0.42`, `0.0031`. */
export function quantity(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return NONE;
  if (Number.isInteger(value) || Math.abs(value) >= 100) return count(value);
  if (Math.abs(value) < 0.1) return String(Number(value.toPrecision(2)));
  return String(Number(value.toFixed(Math.abs(value) >= 10 ? 1 : 2)));
}

/** A metric between 0 and 1: `0.873`. */
export function score(value: number | null | undefined): string {
  return value === null || value === undefined || !Number.isFinite(value) ? NONE : value.toFixed(3);
}

/** `4.2 s`, `1 min 12 s`. */
export function duration(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** A date (`2026-07-30`) or the UTC day of an instant: `30 July 2026`. */
export function day(iso: string): string {
  return days.format(new Date(iso));
}

/** Two dates and all between them, as short as can be: `1–30 July 2026`. */
export function dayRange(from: string, to: string): string {
  return days.formatRange(new Date(from), new Date(to));
}

/** `30 Jul`. */
export function shortDay(iso: string): string {
  return shortDays.format(new Date(iso));
}

/** `Jul 2026`. */
export function month(iso: string): string {
  return months.format(new Date(iso));
}

/** An instant to the minute: `30 July 2026 at 14:05 UTC`. */
export function instant(iso: string): string {
  return `${minutes.format(new Date(iso))} UTC`;
}

const WORDS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];

/** A small whole number in words, as prose wants it: `ten`, but `13`. */
export function inWords(value: number): string {
  return WORDS[value] ?? count(value);
}
