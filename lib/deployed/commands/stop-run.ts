import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { UsageError } from '../../cli/failures.ts';
import type { Deployed } from '../aws.ts';
import { nameOf, recentExecutions } from '../execution.ts';
import { output } from '../outputs.ts';

/** Ends the run of a pipeline that is going on. The cluster that was made for it is then terminated by the environment itself. */
export async function stopRun(deployed: Deployed, pipeline = 'churn'): Promise<string> {
  const { environment, stepFunctions } = deployed;
  const stateMachineArn = await output(deployed, 'pipelines', pipeline);
  const going = (await recentExecutions(deployed, stateMachineArn, { running: true, count: 1 }))[0];
  if (!going?.executionArn) throw new UsageError('run to stop must be going on, got none');
  await stepFunctions.send(new StopExecutionCommand({ executionArn: going.executionArn, cause: 'stopped by millrace --stop' }));
  return `stopped ${nameOf(going.executionArn)}; the environment ends its cluster: \`millrace status --env ${environment}\` shows when it is gone`;
}
