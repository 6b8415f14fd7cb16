import { setTimeout as wait } from 'node:timers/promises';
import { DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { Interrupted } from '../cli/failures.ts';
import { formatted } from '../cli/progress.ts';
import type { OnProgress, StepOutcome } from '../cli/tasks.ts';
import type { Deployed } from './aws.ts';
import { readableCause } from './cause.ts';
import { recentExecutions, viewExecution, type ExecutionView } from './execution.ts';
import { failedState } from './history.ts';
import type { Landed } from './upload.ts';

/** What a replay says when it is done, as far as this command shows it. */
export interface ReplayCounts {
  readonly read: number;
  readonly produced: number;
  readonly rejected: number;
  readonly rejects: readonly { readonly line: number; readonly reason: string }[];
  readonly truncated: boolean;
}

export interface FollowOptions {
  readonly stateMachineArn: string;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  /** Milliseconds between two looks. @default 3000 */
  readonly poll?: number;
  /** Milliseconds that the execution of a landed object is waited for; then one is started. @default 60000 */
  readonly patience?: number;
}

/**
 * Waits until the landed object's events are on the topic. The landing itself starts the replay; where an object lay there before
 * and its replay is not to be found, one is started.
 */
export async function followReplay(deployed: Deployed, landed: Landed, options: FollowOptions): Promise<ReplayCounts> {
  const { signal, onProgress, poll = 3_000, patience = 60_000 } = options;
  const pause = () =>
    wait(poll, undefined, { signal }).catch(() => {
      throw new Interrupted('stopped watching; what has landed is sent all the same');
    });
  // An object that lay there before was replayed long ago, or never: there is nothing to wait for.
  const deadline = Date.now() + (landed.uploaded ? patience : 0);
  let arn = await executionOf(deployed, options.stateMachineArn, landed);
  while (arn === undefined && Date.now() < deadline) {
    onProgress({ rows: 0, note: 'landed; the replay is about to start' });
    await pause();
    arn = await executionOf(deployed, options.stateMachineArn, landed);
  }
  arn ??= await start(deployed, options.stateMachineArn, landed);
  for (;;) {
    const view = await viewExecution(deployed, arn);
    if (view.status === 'SUCCEEDED') return countsOf(view);
    if (view.failure) {
      const { error, cause } = failedState(view.states)?.failure ?? view.failure;
      throw new Error(`replay of s3://${landed.bucket}/${landed.key} ended ${view.status}: ${readableCause(cause) || error} (${arn})`);
    }
    onProgress({ rows: partial(view), note: 'sending' });
    await pause();
  }
}

export function replayOutcome({ read, produced, rejected, truncated }: ReplayCounts): StepOutcome {
  const notes = [rejected > 0 && `${formatted(rejected)} rejected`, truncated && 'the file breaks off'].filter(Boolean);
  return { rowsIn: read, rowsOut: produced, ...(notes.length > 0 && { note: notes.join(', ') }) };
}

/** The newest execution about the object that has not failed. */
async function executionOf(deployed: Deployed, stateMachineArn: string, { key, uploaded }: Landed): Promise<string | undefined> {
  const quoted = JSON.stringify(key);
  for (const { executionArn, status } of await recentExecutions(deployed, stateMachineArn, { count: 50 })) {
    if (!uploaded && status !== 'RUNNING' && status !== 'SUCCEEDED') continue;
    const { input } = await deployed.stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    if (input?.includes(quoted)) return executionArn;
  }
  return undefined;
}

async function start({ stepFunctions }: Deployed, stateMachineArn: string, { bucket, key }: Landed): Promise<string> {
  const { executionArn } = await stepFunctions.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify({ bucket, key }) }));
  return executionArn!;
}

function countsOf({ output, name }: ExecutionView): ReplayCounts {
  const counts = JSON.parse(output ?? '{}') as Partial<ReplayCounts>;
  if (counts.read === undefined) throw new Error(`output of replay ${name} must say what was read, got ${output}`);
  return { produced: 0, rejected: 0, rejects: [], truncated: false, ...counts, read: counts.read };
}

/** Events read so far: a replay goes on over several calls, and each says what it did. */
function partial({ states }: ExecutionView): number {
  return states.reduce((sum, { answer }) => {
    const payload = answer ? ((JSON.parse(answer) as { Payload?: { read?: number } }).Payload ?? {}) : {};
    return sum + (payload.read ?? 0);
  }, 0);
}
