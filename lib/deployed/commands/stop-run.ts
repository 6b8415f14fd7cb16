import { DescribeClusterCommand, TerminateJobFlowsCommand } from '@aws-sdk/client-emr';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { UsageError } from '../../cli/failures.ts';
import type { Deployed } from '../aws.ts';
import { recentExecutions, viewExecution, type ExecutionView } from '../execution.ts';
import { optionalOutput, output } from '../outputs.ts';

/** Ends the churn run that is going on, and the cluster that was made for it: stopping an execution leaves its cluster running. */
export async function stopRun(deployed: Deployed): Promise<string> {
  const stateMachineArn = await output(deployed, 'pipelines', 'churn');
  const going = (await recentExecutions(deployed, stateMachineArn, { running: true, count: 1 }))[0];
  if (!going?.executionArn) throw new UsageError('run to stop must be going on, got none');
  const view = await viewExecution(deployed, going.executionArn);
  await deployed.stepFunctions.send(new StopExecutionCommand({ executionArn: going.executionArn, cause: 'stopped by millrace --stop' }));
  const persistent = await optionalOutput(deployed, 'processing', 'clusterId');
  const made = clustersOf(view).filter((id) => id !== persistent);
  for (const id of made) await terminate(deployed, id);
  return `stopped ${view.name}${made.length > 0 ? `; terminating its cluster ${made.join(', ')}` : ''}`;
}

/** Ids in what the states were answered: the one that made the cluster says which. */
function clustersOf({ states }: ExecutionView): string[] {
  const answers = states.map(({ answer = '' }) => /"(?:ClusterId|JobFlowId)":"(j-[A-Z0-9]+)"/.exec(answer)?.[1]);
  return [...new Set(answers.filter((id) => id !== undefined))];
}

async function terminate({ emr }: Deployed, id: string): Promise<void> {
  const { Cluster } = await emr.send(new DescribeClusterCommand({ ClusterId: id }));
  if (Cluster?.Status?.State?.startsWith('TERMINAT')) return;
  await emr.send(new TerminateJobFlowsCommand({ JobFlowIds: [id] }));
}
