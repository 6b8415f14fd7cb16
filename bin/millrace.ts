import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CONTRACTS } from '../lib/contracts/index.ts';
import type { Rendering } from '../lib/local/commands/contract.ts';
import type { RowFormat } from '../lib/cli/rows.ts';
import type { Deployed } from '../lib/deployed/aws.ts';
import type { GenerateCommandOptions } from '../lib/local/commands/generate.ts';
import type { RunChurnOptions } from '../lib/local/commands/run-churn.ts';
import type { RunSongplaysOptions } from '../lib/local/commands/run-songplays.ts';
import { Interrupted, StepFailure, UsageError } from '../lib/cli/failures.ts';
import { Home } from '../lib/local/home.ts';
import { LAKE_TABLES, WAREHOUSE_RELATIONS } from '../lib/local/relations.ts';
import { PIPELINES } from '../lib/pipelines/index.ts';
import type { Interface } from '../lib/web-interfaces.ts';
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
  .description('Event streaming and prediction: Kafka, Spark, Iceberg, SQL; on one machine, or with --env on AWS.')
  .configureHelp({ showGlobalOptions: true })
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'millrace: ')) });

const users = new Option('--users <n>', 'listeners to generate').argParser(positive('--users'));
const days = new Option('--days <n>', 'days to generate').argParser(positive('--days'));
const onAws = () => new Option('--env <name>', 'an environment deployed on AWS');
const seed = new Option('--seed <n>', 'seed of the generated events: same seed, same bytes').argParser(natural('--seed'));

const run = program.command('run').description('run a pipeline whole: on this machine, or with --env on AWS');
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
  .addOption(onAws().conflicts(['truth', 'users', 'days', 'seed', 'fresh']))
  .option('--no-wait', 'with --env: start the run and do not watch it')
  .addOption(new Option('--stop', 'with --env: end the run that is going on, and its cluster').conflicts(['events', 'cutoff']))
  .addHelpText('after', example('millrace run churn --events logs/2026-10.jsonl.gz logs/2026-11.jsonl.gz --cutoff 2026-11-15'))
  .addHelpText('after', example('millrace run churn --env dev --events logs/2026-11.jsonl.gz'))
  .action(async (options: RunChurnOptions & { env?: string; wait: boolean; stop?: boolean }) => {
    const { env, wait, stop } = options;
    if (env !== undefined) return runOnAws(env, { ...options, wait, stop });
    if (stop || !wait) throw new UsageError(`${stop ? '--stop' : '--no-wait'} must be given with --env, got it alone`);
    const { runChurn } = await import('../lib/local/commands/run-churn.ts');
    const { showReport } = await import('../lib/cli/show-report.ts');
    const report = await runChurn(home, options, stopping.signal);
    await showReport(report);
  });

run
  .command('songplays')
  .description(
    'logs and songs -> a star schema that analysts query, checked, in the warehouse and in the lake -> a report of what is listened to',
  )
  .option('--logs <path...>', 'event files, or folders of them: .json, .jsonl, .jsonl.gz (default: generated events)')
  .option('--songs <path...>', 'song files, or folders of them (default: the songs that generated events refer to)')
  .addOption(users.default(DEFAULT_USERS))
  .addOption(days.default(DEFAULT_DAYS))
  .addOption(seed.default(DEFAULT_SEED))
  .addOption(new Option('--warehouse <url>', 'PostgreSQL server to load (default: the embedded one)').env('WAREHOUSE_URL'))
  .option('--fresh', 'start from an empty lake and warehouse; nothing is staged')
  .addHelpText('after', example('millrace run songplays --logs data/log_data --songs data/song_data'))
  .addHelpText('after', example('millrace run songplays --users 1000 --warehouse postgresql://me@localhost/music'))
  .action(async (options: RunSongplaysOptions) => {
    const { runSongplays } = await import('../lib/local/commands/run-songplays.ts');
    const { showReport } = await import('../lib/cli/show-report.ts');
    await showReport(await runSongplays(home, options, stopping.signal));
  });

program
  .command('generate')
  .description('write events of invented listeners whose true churn probabilities are known, and the songs they listen to')
  .addOption(users.default(DEFAULT_USERS))
  .addOption(days.default(DEFAULT_DAYS))
  .addOption(seed.default(DEFAULT_SEED))
  .option('--out <file>', 'where to write the events: .jsonl, or .jsonl.gz to compress')
  .option('--truth <file>', 'where to write the true churn probabilities')
  .option('--songs <file>', 'where to write the songs, the same for every seed')
  .addHelpText('after', example('millrace generate --users 1000 --days 90 --seed 7 --out events.jsonl.gz --truth truth.jsonl'))
  .addHelpText('after', example('millrace generate --songs songs.jsonl'))
  .action(async (options: GenerateCommandOptions) => {
    const { generateFiles } = await import('../lib/local/commands/generate.ts');
    await generateFiles(options, stopping.signal);
  });

program
  .command('collect')
  .description('take events over HTTP, as the API on AWS does, for the next run on this machine')
  .addOption(new Option('--port <n>', 'port to listen at; 0 takes a free one').argParser(natural('--port')).default(8480))
  .addOption(new Option('--host <address>', 'address to listen at; whoever reaches it may send events').default('127.0.0.1'))
  .addHelpText('after', example('millrace collect --port 8480'))
  .action(async (options: { port: number; host: string }) => {
    const { collectEvents } = await import('../lib/local/commands/collect.ts');
    await collectEvents(home, options, stopping.signal);
  });

program
  .command('sql')
  .description(
    'run one SQL statement: by Spark over the lake of this machine, with --warehouse over its warehouse, with --env over Redshift',
  )
  .argument('<statement>', `SQL; tables of the lake are ${LAKE_TABLES.join(', ')}`)
  .option('--warehouse', 'ask the warehouse; the statement must only read')
  .addOption(new Option('--url <url>', 'with --warehouse: a PostgreSQL server (default: the embedded one)').env('WAREHOUSE_URL'))
  .addOption(new Option('--format <form>', 'how rows are printed').choices(['table', 'csv', 'json']).default('table'))
  .addOption(new Option('--limit <n>', 'rows to print at most').argParser(positive('--limit')).default(1000))
  .addHelpText('after', `\nTables and views of the warehouse, with --warehouse:\n  ${WAREHOUSE_RELATIONS.join(', ')}`)
  .addHelpText('after', example('millrace sql "SELECT page, count(*) AS views FROM listening_events GROUP BY page ORDER BY views DESC"'))
  .addHelpText(
    'after',
    example(
      'millrace sql --warehouse "SELECT t.hour, count(*) AS plays FROM songplays JOIN time t USING (start_time) GROUP BY t.hour ORDER BY t.hour"',
    ),
  )
  .addHelpText('after', example('millrace sql --env dev "SELECT * FROM millrace.churn_scores ORDER BY probability DESC" --limit 10'))
  .addOption(onAws().conflicts(['warehouse']))
  .action(async (statement: string, options: { format: RowFormat; limit: number; env?: string; warehouse?: boolean; url?: string }) => {
    if (options.env !== undefined) {
      const { runWarehouseSql } = await import('../lib/deployed/commands/sql.ts');
      return onDeployed(options.env, (deployed) => runWarehouseSql(deployed, statement, options));
    }
    if (options.warehouse) {
      const { runLocalWarehouseSql } = await import('../lib/local/commands/warehouse-sql.ts');
      return runLocalWarehouseSql(home, statement, options);
    }
    const { runSql } = await import('../lib/local/commands/sql.ts');
    await runSql(home, statement, options, stopping.signal);
  });

program
  .command('report')
  .description("open the last run's report, and print its path")
  .addOption(new Option('--pipeline <name>', 'of the last run of this pipeline').choices(PIPELINES.map(({ name }) => name)))
  .addOption(onAws())
  .addHelpText('after', example('millrace report --pipeline songplays'))
  .addHelpText('after', example('millrace report --env dev'))
  .action(async ({ env, pipeline }: { env?: string; pipeline?: string }) => {
    const { lastReport } = await import('../lib/local/commands/report.ts');
    const { showReport } = await import('../lib/cli/show-report.ts');
    const path = env === undefined ? await lastReport(home, pipeline) : await deployedReport(env, pipeline);
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

const required = () => onAws().makeOptionMandatory();

program
  .command('status')
  .description('what is going on in an environment on AWS: stacks, runs, clusters, backlog, alarms')
  .addOption(required())
  .addHelpText('after', example('millrace status --env dev'))
  .action(async ({ env }: { env: string }) => {
    const { statusText } = await import('../lib/deployed/commands/status.ts');
    console.log(await onDeployed(env, statusText));
  });

program
  .command('replay')
  .description('send event files to Kafka of an environment on AWS, without a run')
  .argument('<file...>', '.jsonl or .jsonl.gz')
  .addOption(required())
  .addHelpText('after', example('millrace replay --env dev logs/2026-11.jsonl.gz'))
  .action(async (files: string[], { env }: { env: string }) => {
    const { replayFiles } = await import('../lib/deployed/commands/replay.ts');
    await onDeployed(env, (deployed) => replayFiles(deployed, files, stopping.signal));
  });

program
  .command('tunnel')
  .description('reach a web interface of the running cluster from this machine, by AWS Systems Manager')
  .addArgument(new Argument('<interface>').choices(['hue', 'livy', 'spark', 'yarn', 'notebooks']))
  .addOption(required())
  .addOption(new Option('--port <n>', 'port on this machine (default: as on the cluster)').argParser(positive('--port')))
  .addHelpText('after', example('millrace tunnel hue --env dev --port 9000'))
  .action(async (to: Interface, { env, port }: { env: string; port?: number }) => {
    const { openTunnel } = await import('../lib/deployed/commands/tunnel.ts');
    await onDeployed(env, (deployed) => openTunnel(deployed, to, port, stopping.signal));
  });

program
  .command('cost')
  .description('what an environment on AWS costs: a day idle, and events; reckoned from its templates, without asking AWS')
  .addOption(required())
  .addOption(new Option('--events <n>', 'events to reckon with').argParser(positive('--events')).default(1_000_000))
  .addHelpText('after', example('millrace cost --env dev --events 5000000'))
  .action(async ({ env, events }: { env: string; events: number }) => {
    const { costText } = await import('../lib/cost/command.ts');
    console.log(await costText(env, events));
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

/** Opens the environment for `work`; what AWS refuses is told in one line. */
async function onDeployed<T>(env: string, work: (deployed: Deployed) => Promise<T>): Promise<T> {
  const { openDeployed } = await import('../lib/deployed/aws.ts');
  const { refusal } = await import('../lib/deployed/refusals.ts');
  try {
    return await work(await openDeployed(env));
  } catch (error) {
    throw refusal(error);
  }
}

async function runOnAws(env: string, options: { events?: readonly string[]; cutoff?: string; wait: boolean; stop?: boolean | undefined }) {
  if (options.stop) {
    const { stopRun } = await import('../lib/deployed/commands/stop-run.ts');
    console.log(await onDeployed(env, stopRun));
    return;
  }
  const { runDeployedChurn } = await import('../lib/deployed/commands/run-churn.ts');
  const ended = await onDeployed(env, (deployed) => runDeployedChurn(deployed, options, stopping.signal));
  if (!ended) return;
  const { showReport } = await import('../lib/cli/show-report.ts');
  const report = await deployedReport(env);
  console.log(`\nReport: ${report}`);
  await showReport(report);
}

async function deployedReport(env: string, pipeline?: string): Promise<string> {
  const { downloadReport } = await import('../lib/deployed/commands/report.ts');
  return onDeployed(env, (deployed) => downloadReport(deployed, pipeline));
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
