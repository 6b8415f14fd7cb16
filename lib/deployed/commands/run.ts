import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { Interrupted, StepFailure, UsageError } from '../../cli/failures.ts';
import type { Task } from '../../cli/tasks.ts';
import type { Pipeline } from '../../pipelines/pipeline.ts';
import type { Deployed } from '../aws.ts';
import { runDeployedTasks } from '../deployed-tasks.ts';
import { nameOf, recentExecutions, viewExecution } from '../execution.ts';
import { output } from '../outputs.ts';
import { Watch } from '../watch.ts';

/** A run of a pipeline as it is asked for. */
export interface RunRequest {
  readonly pipeline: Pick<Pipeline<never>, 'name' | 'steps'>;
  /** Options given that a run which is going on cannot take any more, such as `--events`. */
  readonly ownOptions: readonly string[];
  /** What brings files to where the run finds them, done before it starts. */
  readonly landing: () => Promise<readonly Task[]>;
  /** Of the state machine. */
  readonly input: Readonly<Record<string, string>>;
  /** False: the run is started and not watched. */
  readonly wait: boolean;
}

/**
 * Starts a pipeline's state machine and follows it, or follows the run that is going on.
 * @returns false where the run was only started
 */
export async function runDeployed(deployed: Deployed, request: RunRequest, signal: AbortSignal): Promise<boolean> {
  const { pipeline, ownOptions, landing, input, wait } = request;
  const command = `millrace run ${pipeline.name} --env ${deployed.environment}`;
  const stateMachineArn = await output(deployed, 'pipelines', pipeline.name);
  const going = (await recentExecutions(deployed, stateMachineArn, { running: true, count: 1 }))[0];
  if (going && ownOptions.length > 0) {
    throw new UsageError(
      `run to start with ${ownOptions.join(' and ')} must be the only one, got one going on (${going.name}): ` +
        `follow it with \`${command}\`, or end it with --stop`,
    );
  }
  if (!going) {
    const tasks = await landing();
    if (tasks.length > 0) await runDeployedTasks(tasks, { signal });
  }
  const arn = going?.executionArn ?? (await start(deployed, stateMachineArn, input));
  console.log(`${going ? 'Following the run that is going on' : 'Started run'} ${nameOf(arn)}: ${consoleUrl(deployed, arn)}\n`);
  if (!wait) return false;
  await follow(deployed, arn, pipeline, command, signal);
  return true;
}

async function follow(
  deployed: Deployed,
  arn: string,
  pipeline: RunRequest['pipeline'],
  command: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await runDeployedTasks(new Watch(deployed, arn, pipeline, signal).tasks(), { signal });
  } catch (error) {
    if (error instanceof Interrupted)
      throw new Interrupted(`stopped watching; the run goes on: \`${command}\` follows it, \`${command} --stop\` ends it`);
    if (error instanceof StepFailure && (await viewExecution(deployed, arn)).status === 'RUNNING')
      console.error(`The run is ending its cluster; \`millrace status --env ${deployed.environment}\` shows when it is gone.\n`);
    throw error;
  }
}

async function start({ stepFunctions }: Deployed, stateMachineArn: string, input: RunRequest['input']): Promise<string> {
  // Names may not be used again for 90 days, and hold no colons.
  const name = `cli-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  const { executionArn } = await stepFunctions.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
  return executionArn!;
}

function consoleUrl({ region }: Deployed, arn: string): string {
  return `https://${region}.console.aws.amazon.com/states/home?region=${region}#/v2/executions/details/${arn}`;
}
