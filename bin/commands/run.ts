import { Option, type Command } from 'commander';
import type { Deployed } from '../../lib/deployed/aws.ts';
import type { RunReplayingOptions } from '../../lib/deployed/commands/run-replaying.ts';
import type { RunAssessmentsOptions } from '../../lib/local/commands/run-assessments.ts';
import type { RunChurnOptions } from '../../lib/local/commands/run-churn.ts';
import type { RunClicksOptions } from '../../lib/local/commands/run-clicks.ts';
import type { RunSongplaysOptions } from '../../lib/local/commands/run-songplays.ts';
import { UsageError } from '../../lib/cli/failures.ts';
import { deployedReport, onDeployed } from './on-deployed.ts';
import {
  attemptsOption,
  date,
  daysOption,
  envOption,
  example,
  offsets,
  positive,
  rowsOption,
  seedOption,
  usersOption,
  warehouseOption,
} from './options.ts';
import type { Surroundings } from './surroundings.ts';

/** `millrace run PIPELINE`. */
export function addRunCommands(program: Command, { home, signal }: Surroundings): void {
  /** Sends files, and runs the pipeline that reads them; what speaks to AWS is loaded where it is needed. */
  const replaying = (pipeline: string, options: RunReplayingOptions) => async (deployed: Deployed) => {
    const { runReplaying } = await import('../../lib/deployed/commands/run-replaying.ts');
    return runReplaying(deployed, pipeline, options, signal);
  };
  const run = program.command('run').description('run a pipeline whole: on this machine, or with --env on AWS');
  run
    .command('churn')
    .description('app events -> Kafka -> Spark -> lake -> model -> warehouse -> a report of who is about to leave, and why')
    .addOption(
      new Option('--events <file...>', 'event files to read, .jsonl or .jsonl.gz (default: generated events)').conflicts(['users', 'days']),
    )
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
    .option('--fresh', 'start from empty topics, lake and warehouse and without a model: what runs of all pipelines have made is removed')
    .addOption(envOption().conflicts(['truth', 'users', 'days', 'seed', 'fresh']))
    .addOption(noWaitOption())
    .addOption(stopOption().conflicts(['events', 'cutoff']))
    .addHelpText('after', example('millrace run churn --events logs/2026-10.jsonl.gz logs/2026-11.jsonl.gz --cutoff 2026-11-15'))
    .addHelpText('after', example('millrace run churn --env dev --events logs/2026-11.jsonl.gz'))
    .action(async (options: RunChurnOptions & OnAwsOptions) => {
      if (isOnAws(options)) {
        const { events, cutoff, wait } = options;
        return runOnAws('churn', options, replaying('churn', { files: { '--events': events }, inputs: { cutoff }, wait }));
      }
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
    .addOption(
      new Option(
        '--logs <path...>',
        'event files, or folders of them: .json, .jsonl, also .gz (default: generated events, where no songs are named either)',
      ).conflicts(['users', 'days', 'seed']),
    )
    .addOption(
      new Option('--songs <path...>', 'song files, or folders of them (default: those of the generated events)').conflicts([
        'users',
        'days',
        'seed',
      ]),
    )
    .addOption(usersOption())
    .addOption(daysOption())
    .addOption(seedOption())
    .addOption(warehouseOption())
    .option('--fresh', 'start from an empty lake and warehouse: what runs of all pipelines have made is removed')
    .addOption(envOption().conflicts(['users', 'days', 'seed', 'fresh']))
    .addOption(noWaitOption())
    .addOption(stopOption().conflicts(['logs', 'songs']))
    .addHelpText('after', example('millrace run songplays --logs data/log_data --songs data/song_data'))
    .addHelpText('after', example('millrace run songplays --users 1000 --warehouse postgresql://me@localhost/music'))
    .addHelpText('after', example('millrace run songplays --env dev --logs data/log_data --songs data/song_data'))
    .action(async (options: RunSongplaysOptions & OnAwsOptions) => {
      if (isOnAws(options)) {
        const { runDeployedSongplays } = await import('../../lib/deployed/commands/run-songplays.ts');
        return runOnAws('songplays', options, (deployed) => runDeployedSongplays(deployed, options, signal));
      }
      const { runSongplays } = await import('../../lib/local/commands/run-songplays.ts');
      const { showReport } = await import('../../lib/cli/show-report.ts');
      await showReport(await runSongplays(home, options, signal));
    });

  run
    .command('clicks')
    .description('ad impressions -> Kafka -> a model that scores them as they come -> live quality -> warehouse -> a report of both')
    .addOption(
      new Option(
        '--impressions <file...>',
        'files of impressions, .csv or .csv.gz; their last quarter by time is live (default: generated)',
      ).conflicts('rows'),
    )
    .option('--truth <file>', 'true click probabilities of the impressions, as `millrace generate --impressions-truth` writes them')
    .addOption(rowsOption())
    .addOption(seedOption())
    .addOption(new Option('--rate <n>', 'live impressions a second').argParser(positive('--rate')).default(DEFAULT_RATE))
    .option('--follow', 'go on after the last impression, with others, until Ctrl-C; then end in order, with a report')
    .option('--csv <folder>', 'write predictions there as CSV, too')
    .addOption(warehouseOption())
    .option('--fresh', 'start from empty topics, lake and warehouse and without a model: what runs of all pipelines have made is removed')
    .addOption(envOption().conflicts(['truth', 'rows', 'seed', 'rate', 'follow', 'csv', 'fresh']))
    .addOption(noWaitOption())
    .addOption(stopOption().conflicts('impressions'))
    .addHelpText('after', example('millrace run clicks --impressions clicks.csv.gz --rate 500'))
    .addHelpText('after', example('millrace run clicks --follow'))
    .addHelpText('after', example('millrace run clicks --env dev --impressions clicks.csv.gz'))
    .action(async (options: RunClicksOptions & OnAwsOptions) => {
      if (isOnAws(options)) {
        const { impressions, wait } = options;
        return runOnAws('clicks', options, replaying('clicks', { files: { '--impressions': impressions }, wait }));
      }
      const { runClicks } = await import('../../lib/local/commands/run-clicks.ts');
      const { showReport } = await import('../../lib/cli/show-report.ts');
      await showReport(await runClicks(home, options, signal));
    });

  run
    .command('assessments')
    .description('exam attempts, up to 5 MB a message -> Kafka -> landed by offset, as they came and as flat tables -> a report of exams')
    .addOption(
      new Option(
        '--attempts <file...>',
        'files of attempts: JSON lines, or one JSON array; also .gz (default: generated attempts)',
      ).conflicts(['rows', 'seed']),
    )
    .addOption(attemptsOption())
    .addOption(seedOption())
    .addOption(warehouseOption())
    .option(
      '--from-offset <offset...>',
      'read again from here, into the same rows: OFFSET, or PARTITION:OFFSET each',
      offsets('--from-offset'),
    )
    .option('--to-offset <offset...>', "read up to here, this one not (default: the topic's end)", offsets('--to-offset'))
    .option('--skip-missing', 'go on where messages were deleted from the topic before they were landed')
    .option('--fresh', 'start from empty topics, lake and warehouse: what runs of all pipelines have made is removed')
    .addOption(envOption().conflicts(['rows', 'seed', 'fresh']))
    .addOption(noWaitOption())
    .addOption(stopOption().conflicts('attempts'))
    .addHelpText('after', example('millrace run assessments --attempts attempts.jsonl'))
    .addHelpText('after', example('millrace run assessments --attempts attempts.jsonl --from-offset 0:100 --to-offset 0:200'))
    .addHelpText('after', example('millrace run assessments --env dev --attempts attempts.jsonl'))
    .action(async (options: RunAssessmentsOptions & OnAwsOptions) => {
      if (isOnAws(options)) {
        const { attempts, fromOffset, toOffset, skipMissing, wait } = options;
        const inputs = { fromOffset: fromOffset?.join(','), toOffset: toOffset?.join(','), skipMissing: skipMissing ? 'yes' : undefined };
        return runOnAws('assessments', options, replaying('assessments', { files: { '--attempts': attempts }, inputs, wait }));
      }
      const { runAssessments } = await import('../../lib/local/commands/run-assessments.ts');
      const { showReport } = await import('../../lib/cli/show-report.ts');
      await showReport(await runAssessments(home, options, signal));
    });
}

/** Live impressions a second: what a page can be seen to keep up with. */
const DEFAULT_RATE = 500;

interface OnAwsOptions {
  readonly env?: string;
  readonly wait: boolean;
  readonly stop?: boolean;
}

const noWaitOption = () => new Option('--no-wait', 'with --env: start the run and do not watch it');
const stopOption = () => new Option('--stop', 'with --env: end the run that is going on, and its cluster');

/** @throws UsageError for what is of runs on AWS alone, where the run is not */
function isOnAws(options: OnAwsOptions): options is OnAwsOptions & { readonly env: string } {
  const { env, stop, wait } = options;
  if (env === undefined && (stop || !wait)) throw new UsageError(`${stop ? '--stop' : '--no-wait'} must be given with --env, got it alone`);
  return env !== undefined;
}

/** @param start Gives false where the run was only started */
async function runOnAws(
  pipeline: string,
  { env, stop }: { readonly env: string; readonly stop?: boolean },
  start: (deployed: Deployed) => Promise<boolean>,
): Promise<void> {
  if (stop) {
    const { stopRun } = await import('../../lib/deployed/commands/stop-run.ts');
    console.log(await onDeployed(env, (deployed) => stopRun(deployed, pipeline)));
    return;
  }
  if (!(await onDeployed(env, start))) return;
  const { showReport } = await import('../../lib/cli/show-report.ts');
  const report = await deployedReport(env, pipeline);
  console.log(`\nReport: ${report}`);
  await showReport(report);
}
