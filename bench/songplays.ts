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
import { bareCopies } from './songplays/bare-copies.ts';
import { pipelineSeconds } from './songplays/pipeline.ts';
import { tutorialTimes } from './songplays/tutorial.ts';

const USERS = 2_000;
const DAYS = 60;
const SEED = 42;
const TUTORIAL_EVENTS = 20_000;
/** What the project promises. */
const LEAST_OF_COPY = 0.5;
const LEAST_OF_TUTORIAL = 50;

const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
const server = process.env['WAREHOUSE_URL'] ? undefined : await testPostgresql({ durable: true });
try {
  await withDatabase(server?.url ?? process.env['WAREHOUSE_URL']!, measure);
} finally {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
}

async function measure(url: string): Promise<void> {
  const logs = join(folder, 'events.jsonl');
  const songs = join(folder, 'songs.jsonl');
  const { events } = await generate({ users: USERS, days: DAYS, seed: SEED, out: logs });
  const catalogue = await writeCatalogue(songs);
  await tellMachine(url);
  const megabytes = ((await stat(logs)).size + (await stat(songs)).size) / 1e6;
  console.log(`${events} events and ${catalogue} songs, ${megabytes.toFixed(0)} MB\n`);
  const rows = events + catalogue;
  const tell = (what: string, seconds: number, of = rows) =>
    console.log(
      `${what.padEnd(58)} ${seconds.toFixed(1).padStart(6)} s ${Math.round(of / seconds)
        .toLocaleString('en')
        .padStart(9)} rows/s`,
    );

  const copies = await bareCopies(url, folder, { logs, songs });
  for (const { what, seconds } of copies) tell(`COPY as ${what}`, seconds);
  const phases = await pipelineSeconds(url, join(folder, 'home'), { logs, songs });
  for (const { what, seconds } of phases) tell(`  ${what}`, seconds);
  const ours = phases.reduce((sum, { seconds }) => sum + seconds, 0);
  tell('staged, built, checked and published', ours);
  const tutorial = await tutorialTimes(url, { logs, songs }, TUTORIAL_EVENTS);
  tell('an INSERT a row, committed file by file', tutorial.byFile, TUTORIAL_EVENTS);
  tell('an INSERT a row, each by itself', tutorial.byStatement, TUTORIAL_EVENTS);

  console.log();
  for (const { what, seconds } of copies) console.log(`of the rate of COPY as ${what}: ${(seconds / ours).toFixed(2)}`);
  // A line that lies there as text is no table yet, and typed columns are what most of our own work goes into: jsonb is the least that can be queried.
  const ofCopy = copies.find(({ what }) => what === 'lines of jsonb')!.seconds / ours;
  const times = (seconds: number) => rows / ours / (TUTORIAL_EVENTS / seconds);
  console.log(
    `times the rate of INSERTs committed file by file: ${times(tutorial.byFile).toFixed(0)}, each by itself: ${times(tutorial.byStatement).toFixed(0)}`,
  );
  judge(`${LEAST_OF_COPY} of the rate of COPY as lines of jsonb`, ofCopy >= LEAST_OF_COPY);
  judge(`${LEAST_OF_TUTORIAL} times the rate of an INSERT a row, each by itself`, times(tutorial.byStatement) >= LEAST_OF_TUTORIAL);
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
async function withDatabase(url: string, work: (url: string) => Promise<void>): Promise<void> {
  const name = `millrace_bench_${randomBytes(4).toString('hex')}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  try {
    const own = new URL(url);
    own.pathname = `/${name}`;
    await work(own.href);
  } finally {
    await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await client.end();
  }
}
