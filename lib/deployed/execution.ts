import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  paginateGetExecutionHistory,
  type DescribeExecutionCommandOutput,
  type ExecutionListItem,
  type HistoryEvent,
} from '@aws-sdk/client-sfn';
import type { Deployed } from './aws.ts';
import { stateRuns, type StateRun } from './history.ts';

/** An execution as it is now. */
export interface ExecutionView {
  readonly arn: string;
  readonly name: string;
  readonly status: NonNullable<DescribeExecutionCommandOutput['status']>;
  readonly startedAt: Date;
  readonly stoppedAt?: Date;
  readonly states: readonly StateRun[];
  readonly input: string;
  readonly output?: string;
  /** How it ended, where it did not end well. */
  readonly failure?: { readonly error: string; readonly cause: string };
}

const EVENTS_A_PAGE = 1000;

export async function viewExecution({ stepFunctions }: Deployed, arn: string): Promise<ExecutionView> {
  // The status first: the history read after it has all that led to it.
  const execution = await stepFunctions.send(new DescribeExecutionCommand({ executionArn: arn }));
  const events: HistoryEvent[] = [];
  const pages = paginateGetExecutionHistory({ client: stepFunctions, pageSize: EVENTS_A_PAGE }, { executionArn: arn });
  for await (const page of pages) events.push(...(page.events ?? []));
  const { status, startDate, stopDate, name, input, output, error, cause } = execution;
  const failed = status !== 'RUNNING' && status !== 'SUCCEEDED' && status !== 'PENDING_REDRIVE';
  return {
    arn,
    name: name ?? nameOf(arn),
    status: status!,
    startedAt: startDate!,
    ...(stopDate && { stoppedAt: stopDate }),
    states: stateRuns(events),
    input: input ?? '{}',
    ...(output !== undefined && { output }),
    ...(failed && { failure: { error: error ?? status!, cause: cause ?? '' } }),
  };
}

/** The newest executions of a state machine, newest first. */
export async function recentExecutions(
  { stepFunctions }: Deployed,
  stateMachineArn: string,
  { running = false, count = 10 }: { readonly running?: boolean; readonly count?: number } = {},
): Promise<ExecutionListItem[]> {
  const { executions } = await stepFunctions.send(
    new ListExecutionsCommand({ stateMachineArn, maxResults: count, ...(running && { statusFilter: 'RUNNING' }) }),
  );
  return executions ?? [];
}

/** The last part of an execution's ARN. */
export function nameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf(':') + 1);
}
