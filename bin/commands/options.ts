import { InvalidArgumentError, Option } from 'commander';
import { DEFAULT_ATTEMPTS } from '../../data/generate-attempts.ts';
import { DEFAULT_IMPRESSIONS } from '../../data/generate-impressions.ts';
import { partitionAndOffset } from '../../lib/cli/offsets.ts';
import { DEFAULT_DAYS, DEFAULT_SEED, DEFAULT_USERS } from '../../data/generate.ts';

const LAST_PORT = 65_535;

// Options that several commands have.
export const usersOption = () => new Option('--users <n>', 'listeners to generate').argParser(positive('--users')).default(DEFAULT_USERS);
export const daysOption = () => new Option('--days <n>', 'days to generate').argParser(positive('--days')).default(DEFAULT_DAYS);
export const rowsOption = () =>
  new Option('--rows <n>', 'ad impressions to generate').argParser(positive('--rows')).default(DEFAULT_IMPRESSIONS);
export const attemptsOption = () =>
  new Option('--rows <n>', 'attempts to generate').argParser(positive('--rows')).default(DEFAULT_ATTEMPTS);
export const seedOption = () =>
  new Option('--seed <n>', 'seed of the generated events: same seed, same bytes').argParser(natural('--seed')).default(DEFAULT_SEED);
export const warehouseOption = () =>
  new Option('--warehouse <url>', 'PostgreSQL server to load (default: the embedded one)').env('WAREHOUSE_URL');
export const envOption = () => new Option('--env <name>', 'an environment deployed on AWS');

export const positive = (option: string) => wholeNumber(option, 1);
export const natural = (option: string) => wholeNumber(option, 0);
export const port = (option: string, least: 0 | 1) => wholeNumber(option, least, LAST_PORT);

function wholeNumber(option: string, least: number, most?: number): (text: string) => number {
  const allowed = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`;
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least || value > (most ?? Infinity))
      throw new InvalidArgumentError(`${option} must be a whole number ${allowed}, got ${text}`);
    return value;
  };
}

export function date(option: string): (text: string) => string {
  return (text) => {
    const parsed = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
    if (!parsed || Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 10) !== text) {
      throw new InvalidArgumentError(`${option} must be a day as YYYY-MM-DD, got ${text}`);
    }
    return text;
  };
}

/** Offsets of a topic, one after the other. */
export function offsets(option: string): (text: string, before?: readonly string[]) => string[] {
  return (text, before = []) => {
    if (!/^(\d+:)?\d+$/.test(text)) throw new InvalidArgumentError(`${option} must be OFFSET or PARTITION:OFFSET, got ${text}`);
    const same = before.find((each) => partitionAndOffset(each)[0] === partitionAndOffset(text)[0]);
    if (same !== undefined) throw new InvalidArgumentError(`${option} must name a partition once, got ${same} and ${text}`);
    return [...before, text];
  };
}

/** What stands below a command's help. */
export function example(line: string): string {
  return `\nExample:\n  $ npx ${line}\n`;
}
