import { setTimeout } from 'node:timers/promises';
import { ClusterState, paginateListClusters, TerminateJobFlowsCommand, type EMRClient } from '@aws-sdk/client-emr';
import { paginateListExecutions, StopExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { Cluster, Services } from './handler.ts';

const NOT_ENDED = [ClusterState.STARTING, ClusterState.BOOTSTRAPPING, ClusterState.RUNNING, ClusterState.WAITING, ClusterState.TERMINATING];

/** TerminateJobFlows takes ten at a time. */
const MOST_AT_A_TIME = 10;

export function awsServices(emr: EMRClient, sfn: SFNClient): Services {
  return {
    clusters: async () => {
      const found: Cluster[] = [];
      for await (const page of paginateListClusters({ client: emr }, { ClusterStates: NOT_ENDED })) {
        for (const { Id, Name } of page.Clusters ?? []) if (Id && Name) found.push({ id: Id, name: Name });
      }
      return found;
    },
    terminate: async (ids) => {
      for (let first = 0; first < ids.length; first += MOST_AT_A_TIME) {
        await emr.send(new TerminateJobFlowsCommand({ JobFlowIds: ids.slice(first, first + MOST_AT_A_TIME) }));
      }
    },
    runningExecutions: async (stateMachineArn) => {
      const found: string[] = [];
      for await (const page of paginateListExecutions({ client: sfn }, { stateMachineArn, statusFilter: 'RUNNING' })) {
        for (const { executionArn } of page.executions ?? []) if (executionArn) found.push(executionArn);
      }
      return found;
    },
    stop: async (executionArn) => {
      await sfn.send(new StopExecutionCommand({ executionArn, error: 'Stopped', cause: 'The state machine is being deleted.' }));
    },
    sleep: (milliseconds) => setTimeout(milliseconds),
  };
}
