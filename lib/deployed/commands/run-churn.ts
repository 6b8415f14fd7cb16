import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { Interrupted, StepFailure, UsageError } from '../../cli/failures.ts';
import { readableFile } from '../../cli/readable-file.ts';
import { churn } from '../../pipelines/churn.ts';
import type { Deployed } from '../aws.ts';
import { runDeployedTasks } from '../deployed-tasks.ts';
import { sendTasks } from '../event-files.ts';
import { nameOf, recentExecutions, viewExecution } from '../execution.ts';
import { output } from '../outputs.ts';
import { Watch } from '../watch.ts';

export interface RunDeployedOptions {
  /** Files to send before the run. */
  readonly events?: readonly string[];
  readonly cutoff?: string;
  /** False: the run is started and not watched. */
  readonly wait: boolean;
}

/**
 * Starts the churn pipeline's state machine and follows it, or follows the run that is going on.
 * @returns false where the run was only started
 */
export async function runDeployedChurn(deployed: Deployed, options: RunDeployedOptions, signal: AbortSignal): Promise<boolean> {
  const files = await Promise.all((options.events ?? []).map((file) => readableFile('--events', file)));
  const stateMachineArn = await output(deployed, 'pipelines', 'churn');
  const going = (await recentExecutions(deployed, stateMachineArn, { running: true, count: 1 }))[0];
  if (going && (files.length > 0 || options.cutoff)) {
    throw new UsageError(
      `run to start with --events or --cutoff must be the only one, got one going on (${going.name}): ` +
        `follow it with \`millrace run churn --env ${deployed.environment}\`, or end it with --stop`,
    );
  }
  if (files.length > 0) {
    await runDeployedTasks(await sendTasks(deployed, churn.name, files, [], signal), { signal });
  }
  const arn = going?.executionArn ?? (await start(deployed, stateMachineArn, options.cutoff));
  console.log(`${going ? 'Following the run that is going on' : 'Started run'} ${nameOf(arn)}: ${consoleUrl(deployed, arn)}\n`);
  if (!options.wait) return false;
  await follow(deployed, arn, signal);
  return true;
}

async function follow(deployed: Deployed, arn: string, signal: AbortSignal): Promise<void> {
  const command = `millrace run churn --env ${deployed.environment}`;
  try {
    await runDeployedTasks(new Watch(deployed, arn, churn, signal).tasks(), { signal });
  } catch (error) {
    if (error instanceof Interrupted)
      throw new Interrupted(`stopped watching; the run goes on: \`${command}\` follows it, \`${command} --stop\` ends it`);
    if (error instanceof StepFailure && (await viewExecution(deployed, arn)).status === 'RUNNING')
      console.error(`The run is ending its cluster; \`millrace status --env ${deployed.environment}\` shows when it is gone.\n`);
    throw error;
  }
}

async function start({ stepFunctions }: Deployed, stateMachineArn: string, cutoff: string | undefined): Promise<string> {
  const input = JSON.stringify(cutoff ? { cutoff } : {});
  // Names may not be used again for 90 days, and hold no colons.
  const name = `cli-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  const { executionArn } = await stepFunctions.send(new StartExecutionCommand({ stateMachineArn, name, input }));
  return executionArn!;
}

function consoleUrl({ region }: Deployed, arn: string): string {
  return `https://${region}.console.aws.amazon.com/states/home?region=${region}#/v2/executions/details/${arn}`;
}
