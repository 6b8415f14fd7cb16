import { Option, type Command } from 'commander';
import type { RunChurnOptions } from '../../lib/local/commands/run-churn.ts';
import type { RunSongplaysOptions } from '../../lib/local/commands/run-songplays.ts';
import { UsageError } from '../../lib/cli/failures.ts';
import { deployedReport, onDeployed } from './on-deployed.ts';
import { date, daysOption, envOption, example, seedOption, usersOption, warehouseOption } from './options.ts';
import type { Surroundings } from './surroundings.ts';

/** `millrace run PIPELINE`. */
export function addRunCommands(program: Command, { home, signal }: Surroundings): void {
  const run = program.command('run').description('run a pipeline whole: on this machine, or with --env on AWS');
  run
    .command('churn')
    .description('app events -> Kafka -> Spark -> lake -> model -> warehouse -> a report of who is about to leave, and why')
    .option('--events <file...>', 'event files to read, .jsonl or .jsonl.gz (default: generated events)')
    .option('--truth <file>', 'true churn probabilities of the listeners, as `millrace generate --truth` writes them')
    .addOption(usersOption())
    .addOption(daysOption())
    .addOption(seedOption())
    .addOption(warehouseOption())
    .addOption(
      new Option('--cutoff <date>', 'predict from this day, YYYY-MM-DD (default: the midnight after the last event)').argParser(
        date('--cutoff'),
      ),
    )
    .option('--fresh', 'start from an empty lake, topic, warehouse and without a model')
    .addOption(envOption().conflicts(['truth', 'users', 'days', 'seed', 'fresh']))
    .option('--no-wait', 'with --env: start the run and do not watch it')
    .addOption(new Option('--stop', 'with --env: end the run that is going on, and its cluster').conflicts(['events', 'cutoff']))
    .addHelpText('after', example('millrace run churn --events logs/2026-10.jsonl.gz logs/2026-11.jsonl.gz --cutoff 2026-11-15'))
    .addHelpText('after', example('millrace run churn --env dev --events logs/2026-11.jsonl.gz'))
    .action(async (options: RunChurnOptions & { env?: string; wait: boolean; stop?: boolean }) => {
      const { env, wait, stop } = options;
      if (env !== undefined) return runOnAws(env, { ...options, wait, stop }, signal);
      if (stop || !wait) throw new UsageError(`${stop ? '--stop' : '--no-wait'} must be given with --env, got it alone`);
      const { runChurn } = await import('../../lib/local/commands/run-churn.ts');
      const { showReport } = await import('../../lib/cli/show-report.ts');
      const report = await runChurn(home, options, signal);
      await showReport(report);
    });

  run
    .command('songplays')
    .description(
      'logs and songs -> a star schema that analysts query, checked, in the warehouse and in the lake -> a report of what is listened to',
    )
    .option('--logs <path...>', 'event files, or folders of them: .json, .jsonl, .jsonl.gz (default: generated events)')
    .option('--songs <path...>', 'song files, or folders of them (default: the songs that generated events refer to)')
    .addOption(usersOption())
    .addOption(daysOption())
    .addOption(seedOption())
    .addOption(warehouseOption())
    .option('--fresh', 'start from an empty lake and warehouse; nothing is staged')
    .addHelpText('after', example('millrace run songplays --logs data/log_data --songs data/song_data'))
    .addHelpText('after', example('millrace run songplays --users 1000 --warehouse postgresql://me@localhost/music'))
    .action(async (options: RunSongplaysOptions) => {
      const { runSongplays } = await import('../../lib/local/commands/run-songplays.ts');
      const { showReport } = await import('../../lib/cli/show-report.ts');
      await showReport(await runSongplays(home, options, signal));
    });
}

interface RunOnAwsOptions {
  readonly events?: readonly string[];
  readonly cutoff?: string;
  readonly wait: boolean;
  readonly stop?: boolean | undefined;
}

async function runOnAws(env: string, options: RunOnAwsOptions, signal: AbortSignal): Promise<void> {
  if (options.stop) {
    const { stopRun } = await import('../../lib/deployed/commands/stop-run.ts');
    console.log(await onDeployed(env, stopRun));
    return;
  }
  const { runDeployedChurn } = await import('../../lib/deployed/commands/run-churn.ts');
  const ended = await onDeployed(env, (deployed) => runDeployedChurn(deployed, options, signal));
  if (!ended) return;
  const { showReport } = await import('../../lib/cli/show-report.ts');
  const report = await deployedReport(env);
  console.log(`\nReport: ${report}`);
  await showReport(report);
}
