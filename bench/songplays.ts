/**
 * How fast PostgreSQL gets a star schema of a million generated events, beside a bare COPY of the same bytes and beside the way of a tutorial:
 * all in one run, against one server with PostgreSQL's own settings (or the one of WAREHOUSE_URL, in a database of its own).
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { generate, writeCatalogue } from '../data/generate.ts';
import { testPostgresql } from '../test/support/postgresql.ts';
import { bareCopies, JSONB, typedFiles, type Files, type Timed } from './songplays/bare-copies.ts';
import { pipelineSeconds } from './songplays/pipeline.ts';
import { tutorialTimes } from './songplays/tutorial.ts';

const USERS = 2_000;
const DAYS = 60;
const SEED = 42;
const TUTORIAL_EVENTS = 20_000;
/** What the project promises. */
const LEAST_OF_COPY = 0.5;
const LEAST_OF_TUTORIAL = 50;

/** Each is held against the bare COPY of its own round, and of the ratios the middle one counts: on a shared machine single ones go by its luck. */
const ROUNDS = 3;

const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
const server = process.env['WAREHOUSE_URL'] ? undefined : await testPostgresql({ durable: true });
try {
  await measure(server?.url ?? process.env['WAREHOUSE_URL']!);
} finally {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
}

async function measure(url: string): Promise<void> {
  const files = { logs: join(folder, 'events.jsonl'), songs: join(folder, 'songs.jsonl') };
  const { events } = await generate({ users: USERS, days: DAYS, seed: SEED, out: files.logs });
  const catalogue = await writeCatalogue(files.songs);
  await tellMachine(url);
  const megabytes = ((await stat(files.logs)).size + (await stat(files.songs)).size) / 1e6;
  console.log(`${events} events and ${catalogue} songs, ${megabytes.toFixed(0)} MB`);
  const rows = events + catalogue;

  const typed = await typedFiles(folder, files);
  const rounds: Round[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    console.log(`\nround ${round} of ${ROUNDS}`);
    rounds.push(await withDatabase(url, (own) => runRound(own, join(folder, `home-${round}`), files, typed, rows)));
  }
  console.log();
  const tutorial = await withDatabase(url, (own) => tutorialTimes(own, files, TUTORIAL_EVENTS));
  tell('an INSERT a row, committed file by file', tutorial.byFile, TUTORIAL_EVENTS);
  tell('an INSERT a row, each by itself', tutorial.byStatement, TUTORIAL_EVENTS);

  console.log('\nin the middle of the rounds:');
  for (const { what } of rounds[0]!.copies) {
    console.log(
      `of the rate of COPY as ${what}: ${ofCopy(rounds, what).toFixed(2)}, checks included: ${ofCopy(rounds, what, checked).toFixed(2)}`,
    );
  }
  const times = (seconds: number) => rows / middle(rounds.map(checked)) / (TUTORIAL_EVENTS / seconds);
  console.log(
    `times the rate of INSERTs committed file by file: ${times(tutorial.byFile).toFixed(0)}, each by itself: ${times(tutorial.byStatement).toFixed(0)}, checks included`,
  );
  // A line that lies there as text is no table yet, and typed columns are what most of our own work goes into: jsonb is the least that can be queried.
  judge(`${LEAST_OF_COPY} of the rate of COPY as ${JSONB}, staged, built and published`, ofCopy(rounds, JSONB) >= LEAST_OF_COPY);
  judge(`${LEAST_OF_TUTORIAL} times the rate of an INSERT a row, each by itself`, times(tutorial.byStatement) >= LEAST_OF_TUTORIAL);
}

interface Round {
  readonly copies: readonly Timed[];
  /** Seconds of the pipeline, step by step. */
  readonly steps: readonly Timed[];
}

/** What a COPY does as well: rows are made and can be read. It checks nothing of what it has copied. */
function unchecked({ steps }: Round): number {
  return secondsOf(steps.filter(({ what }) => what !== 'checks'));
}

function checked({ steps }: Round): number {
  return secondsOf(steps);
}

function secondsOf(steps: readonly Timed[]): number {
  return steps.reduce((sum, { seconds }) => sum + seconds, 0);
}

async function runRound(url: string, home: string, files: Files, typed: Files, rows: number): Promise<Round> {
  const copies = await bareCopies(url, files, typed);
  for (const { what, seconds } of copies) tell(`COPY as ${what}`, seconds, rows);
  const steps = await pipelineSeconds(url, home, files);
  for (const { what, seconds } of steps) tell(`  ${what}`, seconds, rows);
  tell('staged, built and published', unchecked({ copies, steps }), rows);
  tell('staged, built, checked and published', checked({ copies, steps }), rows);
  await rm(home, { recursive: true });
  return { copies, steps };
}

function ofCopy(rounds: readonly Round[], copy: string, seconds: (round: Round) => number = unchecked): number {
  return middle(rounds.map((round) => round.copies.find(({ what }) => what === copy)!.seconds / seconds(round)));
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function tell(what: string, seconds: number, rows: number): void {
  const rate = Math.round(rows / seconds).toLocaleString('en');
  console.log(`${what.padEnd(58)} ${seconds.toFixed(1).padStart(6)} s ${rate.padStart(9)} rows/s`);
}

function judge(mark: string, reached: boolean): void {
  console.log(`${reached ? 'reached' : 'MISSED'}: at least ${mark}`);
  if (!reached) process.exitCode = 1;
}

async function tellMachine(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const settings = ['server_version', 'fsync', 'synchronous_commit', 'shared_buffers', 'max_wal_size'];
  const told: string[] = [];
  for (const name of settings) {
    const { rows } = await client.query<{ value: string }>('SELECT current_setting($1) AS value', [name]);
    told.push(`${name} ${rows[0]!.value}`);
  }
  await client.end();
  console.log(`${cpus().length} x ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, load before ${loadavg()[0]!.toFixed(1)}`);
  console.log(`Node.js ${process.version}, PostgreSQL ${told.join(', ')}`);
}

/** A database that is gone afterwards: what else the server holds is left alone. */
async function withDatabase<Result>(url: string, work: (url: string) => Promise<Result>): Promise<Result> {
  const name = `millrace_bench_${randomBytes(4).toString('hex')}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  try {
    const own = new URL(url);
    own.pathname = `/${name}`;
    return await work(own.href);
  } finally {
    await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await client.end();
  }
}
