import { InvalidArgumentError, Option } from 'commander';
import { DEFAULT_ATTEMPTS } from '../../data/generate-attempts.ts';
import { DEFAULT_IMPRESSIONS } from '../../data/generate-impressions.ts';
import { partitionAndOffset } from '../../lib/cli/offsets.ts';
import { DEFAULT_DAYS, DEFAULT_SEED, DEFAULT_USERS } from '../../data/generate.ts';

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

export function positive(option: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < 1)
      throw new InvalidArgumentError(`${option} must be a whole number of at least 1, got ${text}`);
    return value;
  };
}

export function natural(option: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < 0)
      throw new InvalidArgumentError(`${option} must be a whole number of at least 0, got ${text}`);
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

const LAST_PORT = 65_535;

export function port(option: string): (text: string) => number {
  return (text) => {
    const value = natural(option)(text);
    if (value > LAST_PORT) throw new InvalidArgumentError(`${option} must be a whole number from 0 to ${LAST_PORT}, got ${text}`);
    return value;
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
