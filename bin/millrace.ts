import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CONTRACTS } from '../lib/contracts/index.ts';
import type { Rendering } from '../lib/local/commands/contract.ts';
import type { RunChurnOptions } from '../lib/local/commands/run-churn.ts';
import { Interrupted, StepFailure, UsageError } from '../lib/cli/failures.ts';
import { Home } from '../lib/local/home.ts';
import { DEFAULT_DAYS, DEFAULT_SEED, DEFAULT_USERS } from '../data/generate.ts';

// Commands are imported when they run: help and a mistyped option need none of Kafka, SQL and charts.

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

const home = new Home();
const stopping = new AbortController();
/** npm passes Ctrl-C on to us although the terminal has told us already: one within this time is the same one. */
const SAME_REQUEST_MS = 1_000;
let firstRequest: number | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    firstRequest ??= performance.now();
    // A second Ctrl-C does not wait: what is still running is killed as this process ends.
    if (performance.now() - firstRequest > SAME_REQUEST_MS) process.exit(EXIT_INTERRUPTED);
    if (stopping.signal.aborted) return;
    process.stderr.write('\nstopping … (again to stop at once)\n');
    stopping.abort();
  });
}

const program = new Command('millrace')
  .description('Event streaming and prediction on one machine: Kafka, Spark, Iceberg, SQL.')
  .configureHelp({ showGlobalOptions: true })
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'millrace: ')) });

const users = new Option('--users <n>', 'listeners to generate').argParser(positive('--users'));
const days = new Option('--days <n>', 'days to generate').argParser(positive('--days'));
const seed = new Option('--seed <n>', 'seed of the generated events: same seed, same bytes').argParser(natural('--seed'));

const run = program.command('run').description('run a pipeline whole on this machine');
run
  .command('churn')
  .description('app events -> Kafka -> Spark -> lake -> model -> warehouse -> a report of who is about to leave, and why')
  .option('--events <file...>', 'event files to read, .jsonl or .jsonl.gz (default: generated events)')
  .option('--truth <file>', 'true churn probabilities of the listeners, as `millrace generate --truth` writes them')
  .addOption(users.default(DEFAULT_USERS))
  .addOption(days.default(DEFAULT_DAYS))
  .addOption(seed.default(DEFAULT_SEED))
  .addOption(new Option('--warehouse <url>', 'PostgreSQL server to load (default: the embedded one)').env('WAREHOUSE_URL'))
  .addOption(
    new Option('--cutoff <date>', 'predict from this day, YYYY-MM-DD (default: the midnight after the last event)').argParser(
      date('--cutoff'),
    ),
  )
  .option('--fresh', 'start from an empty lake, topic, warehouse and without a model')
  .addHelpText('after', example('millrace run churn --events logs/2026-10.jsonl.gz logs/2026-11.jsonl.gz --cutoff 2026-11-15'))
  .action(async (options: RunChurnOptions) => {
    const { runChurn } = await import('../lib/local/commands/run-churn.ts');
    const { showReport } = await import('../lib/cli/show-report.ts');
    const report = await runChurn(home, options, stopping.signal);
    await showReport(report);
  });

program
  .command('generate')
  .description('write events of invented listeners whose true churn probabilities are known')
  .addOption(users.default(DEFAULT_USERS))
  .addOption(days.default(DEFAULT_DAYS))
  .addOption(seed.default(DEFAULT_SEED))
  .requiredOption('--out <file>', 'where to write them: .jsonl, or .jsonl.gz to compress')
  .option('--truth <file>', 'where to write the true churn probabilities')
  .addHelpText('after', example('millrace generate --users 1000 --days 90 --seed 7 --out events.jsonl.gz --truth truth.jsonl'))
  .action(async (options: { users: number; days: number; seed: number; out: string; truth?: string }) => {
    const { generateEvents } = await import('../lib/local/commands/generate.ts');
    await generateEvents(options, stopping.signal);
  });

program
  .command('sql')
  .description('run one Spark SQL statement over the lake')
  .argument('<statement>', 'SQL; tables are listening_events, listening_events_quarantine, user_features, churn_scores, daily_activity')
  .addOption(new Option('--format <form>', 'how rows are printed').choices(['table', 'csv', 'json']).default('table'))
  .addOption(new Option('--limit <n>', 'rows to print at most').argParser(positive('--limit')).default(1000))
  .addHelpText('after', example('millrace sql "SELECT page, count(*) AS views FROM listening_events GROUP BY page ORDER BY views DESC"'))
  .action(async (statement: string, options: { format: string; limit: number }) => {
    const { runSql } = await import('../lib/local/commands/sql.ts');
    await runSql(home, statement, options, stopping.signal);
  });

program
  .command('report')
  .description("open the last run's report, and print its path")
  .addHelpText('after', example('millrace report'))
  .action(async () => {
    const { lastReport } = await import('../lib/local/commands/report.ts');
    const { showReport } = await import('../lib/cli/show-report.ts');
    const path = await lastReport(home);
    console.log(path);
    await showReport(path);
  });

program
  .command('contract')
  .description('print what a data set looks like, rendered from its contract')
  .argument('<name>', `one of ${CONTRACTS.map(({ name }) => name).join(', ')}`)
  .addOption(new Option('--as <form>', 'rendering').choices(['spark', 'glue', 'postgresql', 'redshift']).default('spark'))
  .addHelpText('after', example('millrace contract listening_events --as postgresql'))
  .action(async (name: string, { as: form }: { as: Rendering }) => {
    const { rendered } = await import('../lib/local/commands/contract.ts');
    console.log(rendered(name, form));
  });

program
  .command('clean')
  .description('remove all data of this machine: topics, lake, models, warehouse, generated events, runs')
  .addHelpText('after', example('millrace clean'))
  .action(async () => {
    const { clean } = await import('../lib/local/commands/clean.ts');
    console.log(await clean(home));
  });

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCode(error);
}

function exitCode(error: unknown): number {
  // Commander has said what is wrong (and help is no error).
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (error instanceof UsageError) {
    console.error(`millrace: ${error.message}`);
    return EXIT_USAGE;
  }
  if (error instanceof Interrupted) {
    console.error(`millrace: ${error.message}`);
    return EXIT_INTERRUPTED;
  }
  if (error instanceof StepFailure) console.error(`millrace: ${error.message}`);
  // Ours, not the user's: the stack says where.
  else console.error(error);
  return EXIT_FAILED;
}

function positive(option: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < 1)
      throw new InvalidArgumentError(`${option} must be a whole number of at least 1, got ${text}`);
    return value;
  };
}

function natural(option: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < 0)
      throw new InvalidArgumentError(`${option} must be a whole number of at least 0, got ${text}`);
    return value;
  };
}

function date(option: string): (text: string) => string {
  return (text) => {
    const parsed = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
    if (!parsed || Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 10) !== text) {
      throw new InvalidArgumentError(`${option} must be a day as YYYY-MM-DD, got ${text}`);
    }
    return text;
  };
}

function example(line: string): string {
  return `\nExample:\n  $ npx ${line}\n`;
}
