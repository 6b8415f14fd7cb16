import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import type { Outcome } from '../shared/custom-resource.ts';

/** The end of an execution, as EventBridge tells it. */
export interface ExecutionEnded {
  readonly detail: { readonly stateMachineArn: string; readonly name: string };
}

export interface Cluster {
  readonly id: string;
  readonly name: string;
}

/** EMR and Step Functions, or a test's. */
export interface Services {
  /** Clusters that have not ended, those that are ending among them. */
  readonly clusters: () => Promise<Cluster[]>;
  readonly terminate: (ids: readonly string[]) => Promise<void>;
  readonly runningExecutions: (stateMachineArn: string) => Promise<string[]>;
  readonly stop: (executionArn: string) => Promise<void>;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

const POLL_MS = 10_000;
/** Left over for the answer to CloudFormation. */
const RESERVE_MS = 20_000;

/** An execution that did not end as it should: terminates the cluster that it made, and no other. */
export function makeExecutionHandler(services: Services) {
  return async ({ detail }: ExecutionEnded): Promise<{ terminated: string[] }> => {
    const name = clusterName(detail.stateMachineArn, detail.name);
    const ids = (await services.clusters()).filter((each) => each.name === name).map(({ id }) => id);
    if (ids.length > 0) await services.terminate(ids);
    return { terminated: ids };
  };
}

/**
 * Before its state machines go: stops their executions, whose end CloudFormation would wait for, terminates the clusters they made, and
 * waits until these are gone, since the networks they stand in go next.
 */
export function makeTeardown(services: Services) {
  return async (event: CloudFormationCustomResourceEvent, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<Outcome> => {
    const stateMachines = stateMachinesOf(event.ResourceProperties);
    const physicalId = 'PhysicalResourceId' in event ? event.PhysicalResourceId : event.LogicalResourceId;
    if (event.RequestType !== 'Delete') return { physicalId };
    for (const arn of stateMachines) {
      for (const execution of await services.runningExecutions(arn)) await services.stop(execution);
    }
    for (;;) {
      const left = (await services.clusters()).filter(({ name }) => stateMachines.some((arn) => name.startsWith(clusterName(arn, ''))));
      if (left.length === 0) return { physicalId };
      if (context.getRemainingTimeInMillis() < POLL_MS + RESERVE_MS) {
        throw new Error(`clusters must have ended in time, got ${left.map(({ id }) => id).join(', ')} that still run: destroy again`);
      }
      // Again each time: an execution that was just stopped may have asked for one more.
      await services.terminate(left.map(({ id }) => id));
      await services.sleep(POLL_MS);
    }
  };
}

/** State machine and execution in one: what a run names its cluster. */
export function clusterName(stateMachineArn: string, execution: string): string {
  return `${stateMachineArn.slice(stateMachineArn.lastIndexOf(':') + 1)}-${execution}`;
}

function stateMachinesOf({ stateMachines }: Record<string, unknown>): string[] {
  if (!Array.isArray(stateMachines) || stateMachines.some((each) => typeof each !== 'string')) {
    throw new Error(`stateMachines must be a list of ARNs, got ${JSON.stringify(stateMachines)}`);
  }
  return stateMachines as string[];
}
