import { Argument, Option, type Command } from 'commander';
import { REPLAYING } from '../../lib/pipelines/index.ts';
import type { Interface } from '../../lib/web-interfaces.ts';
import { onDeployed } from './on-deployed.ts';
import { envOption, example, port, positive } from './options.ts';
import type { Surroundings } from './surroundings.ts';

/** Commands that only speak to an environment on AWS. */
export function addEnvironmentCommands(program: Command, { signal }: Surroundings): void {
  const required = () => envOption().makeOptionMandatory();

  program
    .command('status')
    .description('what is going on in an environment on AWS: stacks, runs, clusters, backlog, alarms')
    .addOption(required())
    .addHelpText('after', example('millrace status --env dev'))
    .action(async ({ env }: { env: string }) => {
      const { statusText } = await import('../../lib/deployed/commands/status.ts');
      console.log(await onDeployed(env, statusText));
    });

  program
    .command('replay')
    .description('send event files to Kafka of an environment on AWS, without a run')
    .argument('<file...>', 'of the kinds that the pipeline reads: .jsonl, .jsonl.gz, …')
    .addOption(
      new Option('--pipeline <name>', 'whose events they are').choices(REPLAYING.map(({ name }) => name)).default(REPLAYING[0]!.name),
    )
    .addOption(required())
    .addHelpText('after', example('millrace replay --env dev logs/2026-11.jsonl.gz'))
    .action(async (files: string[], { env, pipeline }: { env: string; pipeline: string }) => {
      const { replayFiles } = await import('../../lib/deployed/commands/replay.ts');
      await onDeployed(env, (deployed) => replayFiles(deployed, pipeline, files, signal));
    });

  program
    .command('tunnel')
    .description('reach a web interface of the running cluster from this machine, by AWS Systems Manager')
    .addArgument(new Argument('<interface>').choices(['hue', 'livy', 'spark', 'yarn', 'notebooks']))
    .addOption(required())
    .addOption(new Option('--port <n>', 'port on this machine (default: as on the cluster)').argParser(port('--port', 1)))
    .addHelpText('after', example('millrace tunnel hue --env dev --port 9000'))
    .action(async (to: Interface, { env, port }: { env: string; port?: number }) => {
      const { openTunnel } = await import('../../lib/deployed/commands/tunnel.ts');
      await onDeployed(env, (deployed) => openTunnel(deployed, to, port, signal));
    });

  program
    .command('cost')
    .description('what an environment on AWS costs: a day idle, and events; reckoned from its templates, without asking AWS')
    .addOption(required())
    .addOption(new Option('--events <n>', 'events to reckon with').argParser(positive('--events')).default(1_000_000))
    .addHelpText('after', example('millrace cost --env dev --events 5000000'))
    .action(async ({ env, events }: { env: string; events: number }) => {
      const { costText } = await import('../../lib/cost/command.ts');
      console.log(await costText(env, events));
    });
}
