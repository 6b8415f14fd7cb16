import type { ClusterRequest } from '../emr-definition.ts';
import { CALL_RETRY, JOB_RETRY, quoted, task, type State, type States } from './states.ts';

/** Seconds that a cluster may take to start, installation included. */
const START_SECONDS = 60 * 60;

/** Makes the run's own cluster, named after state machine and execution: whoever cleans up finds it by that name. */
export function createCluster(name: string, prefix: string, request: ClusterRequest, next: string): States {
  return {
    [name]: task(name, {
      resource: 'elasticmapreduce:createCluster.sync',
      arguments: { Name: `{% ${quoted(`${prefix}-`)} & $states.context.Execution.Name %}`, ...request },
      timeoutSeconds: START_SECONDS,
      retry: JOB_RETRY,
      assign: { clusterId: '{% $states.result.ClusterId %}' },
      next,
      // EMR has ended it by then, or there was none.
      onFailure: 'Failed',
    }),
  };
}

/** Terminates it; that it is gone some minutes later needs nobody to wait. */
export function terminateCluster(name: string, next: string): State {
  return task(name, {
    resource: 'elasticmapreduce:terminateCluster',
    arguments: { ClusterId: '{% $clusterId %}' },
    retry: CALL_RETRY,
    next,
    onFailure: 'Failed',
  });
}

/** The same after a failure, which stays what is told: the cluster that this could not terminate is found by its name. */
export function terminateClusterOfFailedRun(): State {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::elasticmapreduce:terminateCluster',
    Arguments: { ClusterId: '{% $clusterId %}' },
    Retry: CALL_RETRY,
    Catch: [{ ErrorEquals: ['States.ALL'], Output: '{% $states.input %}', Next: 'Failed' }],
    Output: '{% $states.input %}',
    Next: 'Failed',
  };
}

/** Looks for the cluster that is always there, by its name: one that was replaced has another id. */
export function findCluster(clusterName: string, next: string): States {
  const found = `$states.result.Clusters[Name = ${quoted(clusterName)}][0].Id`;
  return {
    'Find the cluster': task('Find the cluster', {
      resource: 'aws-sdk:emr:listClusters',
      arguments: { ClusterStates: ['RUNNING', 'WAITING'] },
      retry: CALL_RETRY,
      assign: { clusterId: `{% $exists(${found}) ? ${found} : '' %}` },
      next: 'Is it there?',
      onFailure: 'Failed',
    }),
    'Is it there?': { Type: 'Choice', Choices: [{ Condition: "{% $clusterId = '' %}", Next: 'No cluster' }], Default: next },
    'No cluster': { Type: 'Fail', Error: 'NoCluster', Cause: `cluster ${clusterName} must be running, got none that is` },
  };
}
