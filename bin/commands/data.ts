import { Option, type Command } from 'commander';
import { DEFAULT_ATTEMPTS } from '../../data/generate-attempts.ts';
import { DEFAULT_IMPRESSIONS } from '../../data/generate-impressions.ts';
import { CONTRACTS } from '../../lib/contracts/index.ts';
import { RENDERINGS, type Rendering } from '../../lib/local/commands/contract.ts';
import type { GenerateCommandOptions } from '../../lib/local/commands/generate.ts';
import { LAKE_TABLES, WAREHOUSE_RELATIONS } from '../../lib/local/relations.ts';
import { PIPELINES } from '../../lib/pipelines/index.ts';
import { deployedReport, onDeployed } from './on-deployed.ts';
import { daysOption, envOption, example, port, positive, seedOption, usersOption } from './options.ts';
import type { RowFormat } from '../../lib/cli/rows.ts';
import type { Surroundings } from './surroundings.ts';

/** Commands that make, take in, show and remove data. */
export function addDataCommands(program: Command, { home, signal }: Surroundings): void {
  program
    .command('generate')
    .description(
      'write events of invented listeners, the songs they listen to, ad impressions and attempts at exams; what is true of them is known',
    )
    .addOption(usersOption())
    .addOption(daysOption())
    .addOption(seedOption())
    .option('--out <file>', 'where to write the events: .jsonl, or .jsonl.gz to compress')
    .option('--truth <file>', 'where to write the true churn probabilities')
    .option('--songs <file>', 'where to write the songs, the same for every seed')
    .option('--impressions <file>', 'where to write ad impressions: .csv, or .csv.gz to compress')
    .option('--impressions-truth <file>', 'where to write their true click probabilities')
    .option('--attempts <file>', 'where to write attempts at exams: .jsonl, or .jsonl.gz to compress')
    .addOption(
      new Option('--rows <n>', `ad impressions, or attempts, to write (default: ${DEFAULT_IMPRESSIONS}, ${DEFAULT_ATTEMPTS})`).argParser(
        positive('--rows'),
      ),
    )
    .addHelpText('after', example('millrace generate --users 1000 --days 90 --seed 7 --out events.jsonl.gz --truth truth.jsonl'))
    .addHelpText('after', example('millrace generate --songs songs.jsonl'))
    .addHelpText('after', example('millrace generate --attempts attempts.jsonl --rows 500'))
    .addHelpText('after', example('millrace generate --impressions impressions.csv.gz --impressions-truth truth.jsonl --rows 100000'))
    .action(async (options: GenerateCommandOptions) => {
      const { generateFiles } = await import('../../lib/local/commands/generate.ts');
      await generateFiles(options, signal);
    });

  program
    .command('collect')
    .description('take events over HTTP, as the API on AWS does, for the next run on this machine')
    .addOption(new Option('--port <n>', 'port to listen at; 0 takes a free one').argParser(port('--port', 0)).default(8480))
    .addOption(new Option('--host <address>', 'address to listen at; whoever reaches it may send events').default('127.0.0.1'))
    .addHelpText('after', example('millrace collect --port 8480'))
    .action(async (options: { port: number; host: string }) => {
      const { collectEvents } = await import('../../lib/local/commands/collect.ts');
      await collectEvents(home, options, signal);
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
    .addOption(envOption().conflicts(['warehouse']))
    .action(async (statement: string, options: { format: RowFormat; limit: number; env?: string; warehouse?: boolean; url?: string }) => {
      if (options.env !== undefined) {
        const { runWarehouseSql } = await import('../../lib/deployed/commands/sql.ts');
        return onDeployed(options.env, (deployed) => runWarehouseSql(deployed, statement, options));
      }
      if (options.warehouse) {
        const { runLocalWarehouseSql } = await import('../../lib/local/commands/warehouse-sql.ts');
        return runLocalWarehouseSql(home, statement, options);
      }
      const { runSql } = await import('../../lib/local/commands/sql.ts');
      await runSql(home, statement, options, signal);
    });

  program
    .command('report')
    .description("open the last run's report, and print its path")
    .addOption(new Option('--pipeline <name>', 'of the last run of this pipeline').choices(PIPELINES.map(({ name }) => name)))
    .addOption(envOption())
    .addHelpText('after', example('millrace report --pipeline songplays'))
    .addHelpText('after', example('millrace report --env dev'))
    .action(async ({ env, pipeline }: { env?: string; pipeline?: string }) => {
      const { lastReport } = await import('../../lib/local/commands/report.ts');
      const { showReport } = await import('../../lib/cli/show-report.ts');
      const path = env === undefined ? await lastReport(home, pipeline) : await deployedReport(env, pipeline);
      console.log(path);
      await showReport(path);
    });

  program
    .command('contract')
    .description('print what a data set looks like, rendered from its contract')
    .argument('<name>', `one of ${CONTRACTS.map(({ name }) => name).join(', ')}`)
    .addOption(new Option('--as <form>', 'rendering').choices(RENDERINGS).default('spark'))
    .addHelpText('after', example('millrace contract listening_events --as postgresql'))
    .action(async (name: string, { as: form }: { as: Rendering }) => {
      const { rendered } = await import('../../lib/local/commands/contract.ts');
      console.log(rendered(name, form));
    });

  program
    .command('clean')
    .description('remove all data of this machine: topics, lake, models, warehouse, generated events, runs')
    .addHelpText('after', example('millrace clean'))
    .action(async () => {
      const { clean } = await import('../../lib/local/commands/clean.ts');
      console.log(await clean(home));
    });
}
