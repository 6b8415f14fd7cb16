import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CONTRACTS } from '../../lib/contracts/index.ts';
import { rendered, RENDERINGS } from '../../lib/local/commands/contract.ts';
import { millrace } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';

const home = join(temporaryFolder(), 'home');
const folder = temporaryFolder();

describe('the user is told in one line, with exit code 2, when', () => {
  test.each([
    { name: 'an option is unknown', args: ['run', 'churn', '--bogus'], says: "unknown option '--bogus'" },
    { name: 'a command is unknown', args: ['fly'], says: "unknown command 'fly'" },
    { name: 'a pipeline is unknown', args: ['run', 'nothing'], says: "unknown command 'nothing'" },
    {
      name: 'a range of offsets is empty',
      args: ['run', 'assessments', '--from-offset', '0:5', '--to-offset', '0:3'],
      says: '--from-offset must be before --to-offset, got 5 and 3',
    },
    {
      name: 'a partition has two offsets',
      args: ['run', 'assessments', '--from-offset', '0:1', '0:2'],
      says: '--from-offset must name a partition once, got 0:1 and 0:2',
    },
    { name: 'an event file is not there', args: ['run', 'churn', '--events', '/not/there.jsonl'], says: 'nothing is: /not/there.jsonl' },
    {
      name: 'an event file is a folder',
      args: ['run', 'churn', '--events', folder],
      says: `--events must be a file, got a folder: ${folder}`,
    },
    {
      name: 'a number is no number',
      args: ['run', 'churn', '--users', 'many'],
      says: '--users must be a whole number of at least 1, got many',
    },
    {
      name: 'a date is no date',
      args: ['run', 'churn', '--cutoff', '2026-02-30'],
      says: '--cutoff must be a day as YYYY-MM-DD, got 2026-02-30',
    },
    {
      name: 'nothing is asked of the generator',
      args: ['generate'],
      says: 'generate must be given --out, --songs, --impressions, --attempts or several of them, got none',
    },
    {
      name: 'there are no events to be true of',
      args: ['generate', '--songs', 's.jsonl', '--truth', 't.jsonl'],
      says: '--truth must be given with --out',
    },
    { name: 'a required option is missing', args: ['status'], says: "required option '--env <name>' not specified" },
    { name: 'the output cannot be of that kind', args: ['generate', '--out', 'events.csv'], says: 'got "events.csv"' },
    { name: 'a contract is unknown', args: ['contract', 'nothing'], says: 'contract must be one of listening_events' },
    { name: 'there is no lake to query', args: ['sql', 'SELECT 1'], says: 'run `millrace run churn` first' },
    { name: 'there is no warehouse to query', args: ['sql', '--warehouse', 'SELECT 1'], says: 'warehouse must hold tables, got none' },
    { name: 'there is no report yet', args: ['report'], says: 'got no run yet' },
    { name: 'a pipeline has no report yet', args: ['report', '--pipeline', 'songplays'], says: 'run `millrace run songplays`' },
    {
      name: 'a number to generate is beside a file',
      args: ['run', 'clicks', '--impressions', 'package.json', '--rows', '500'],
      says: "option '--impressions <file...>' cannot be used with option '--rows <n>'",
    },
    {
      name: 'a number to generate is beside songs',
      args: ['run', 'songplays', '--songs', 'package.json', '--users', '5'],
      says: "option '--songs <path...>' cannot be used with option '--users <n>'",
    },
    {
      name: 'there is no such port',
      args: ['collect', '--port', '65536'],
      says: '--port must be a whole number from 0 to 65535, got 65536',
    },
    {
      name: 'there is no such port to tunnel to',
      args: ['tunnel', 'hue', '--env', 'dev', '--port', '0'],
      says: '--port must be a whole number from 1 to 65535, got 0',
    },
    {
      name: 'there is no warehouse to query by a statement that begins with a comment',
      args: ['sql', '--warehouse', '-- how many?\nSELECT 1'],
      says: 'warehouse must hold tables, got none',
    },
    {
      name: 'songs are not there',
      args: ['run', 'songplays', '--songs', '/not/there'],
      says: '--songs must be a file or folder that can be read',
    },
    {
      name: 'an environment is unknown',
      args: ['status', '--env', 'nowhere'],
      says: '--env must be one of dev, staging, prod, got nowhere',
    },
    {
      name: 'an option is of runs on this machine',
      args: ['run', 'churn', '--env', 'dev', '--fresh'],
      says: "cannot be used with option '--fresh'",
    },
    { name: 'an option is of runs on AWS', args: ['run', 'churn', '--stop'], says: '--stop must be given with --env, got it alone' },
    {
      name: 'there is no run of this machine to stop',
      args: ['run', 'songplays', '--stop'],
      says: '--stop must be given with --env, got it alone',
    },
    {
      name: 'generated songs are of this machine',
      args: ['run', 'songplays', '--env', 'dev', '--users', '5'],
      says: "cannot be used with option '--users <n>'",
    },
    {
      name: 'an option is of songplays on AWS',
      args: ['run', 'songplays', '--no-wait'],
      says: '--no-wait must be given with --env, got it alone',
    },
    {
      name: 'a query is to go to two places',
      args: ['sql', '--warehouse', '--env', 'dev', 'SELECT 1'],
      says: "cannot be used with option '--warehouse'",
    },
    { name: 'nobody knows the region', args: ['status', '--env', 'dev'], says: 'region must be known, got none: set AWS_REGION' },
    { name: 'a web interface is unknown', args: ['tunnel', 'zeppelin', '--env', 'dev'], says: 'Allowed choices are hue, livy' },
  ])('$name', async ({ args, says }) => {
    const { exitCode, stderr, stdout } = await millrace(home, ...args);
    expect(stderr).toContain(says);
    expect(stderr.split('\n').filter((line) => line.startsWith('millrace: '))).toHaveLength(1);
    expect(`${stdout}${stderr}`).not.toMatch(/\n +at /); // no stack
    expect(exitCode).toBe(2);
    expect(existsSync(home)).toBe(false);
  });
});

test.each([
  ['run', 'churn'],
  ['run', 'songplays'],
  ['generate'],
  ['collect'],
  ['sql'],
  ['report'],
  ['contract'],
  ['status'],
  ['replay'],
  ['tunnel'],
  ['cost'],
  ['clean'],
])('%s %s has help with an example', async (...command) => {
  const { exitCode, stdout } = await millrace(home, ...command.filter(Boolean), '--help');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/Example:\n +\$ npx millrace /);
});

test('generate writes events and their true probabilities, the same for the same seed', async () => {
  const file = (name: string) => join(folder, name);
  const args = ['generate', '--users', '20', '--days', '15', '--seed', '3'];
  await millrace(home, ...args, '--out', file('a.jsonl'), '--truth', file('a.truth.jsonl'));
  const { exitCode } = await millrace(home, ...args, '--out', file('new/b.jsonl'));
  expect(exitCode).toBe(0);
  const events = readFileSync(file('a.jsonl'), 'utf8');
  expect(readFileSync(file('new/b.jsonl'), 'utf8')).toBe(events);
  expect(JSON.parse(events.slice(0, events.indexOf('\n')))).toHaveProperty('sessionId');
  const truth = readFileSync(file('a.truth.jsonl'), 'utf8');
  expect(JSON.parse(truth.slice(0, truth.indexOf('\n')))).toHaveProperty('probability');
});

test('generate says so where so few listeners and days bring no event', async () => {
  const { exitCode, all } = await millrace(
    home,
    'generate',
    '--users',
    '1',
    '--days',
    '1',
    '--seed',
    '1',
    '--out',
    join(folder, 'none.jsonl'),
  );
  expect(exitCode).toBe(0);
  expect(all).toContain('nobody came: it takes more --users or --days');
});

test('contract prints what the tables look like', async () => {
  const { stdout } = await millrace(home, 'contract', 'songplays', '--as', 'postgresql');
  expect(stdout).toContain('"start_time" timestamp with time zone');
});

test('every contract has every rendering', () => {
  for (const { name, fields } of CONTRACTS) {
    for (const form of RENDERINGS) {
      const text = rendered(name, form);
      for (const field of fields) expect(text, `${name} as ${form}`).toContain(`"${field.name}"`);
    }
  }
});

test('clean says when there is nothing to clean, and removes what there is', async () => {
  expect((await millrace(home, 'clean')).stdout).toContain('nothing to clean');
  await millrace(home, 'generate', '--users', '5', '--days', '2', '--out', join(home, 'generated', 'x.jsonl'));
  writeFileSync(join(home, 'kept'), '');
  // A file of the user's, in a folder named by mistake, is not ours to remove.
  expect((await millrace(home, 'clean')).stdout).toContain("what is not Millrace's was left: kept");
  expect(existsSync(join(home, 'generated'))).toBe(false);
  rmSync(join(home, 'kept'));
  expect((await millrace(home, 'clean')).stdout).toBe(`removed ${home}`);
  expect(existsSync(home)).toBe(false);
});
