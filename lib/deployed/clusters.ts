import { ListClustersCommand, ListInstancesCommand, type ClusterSummary } from '@aws-sdk/client-emr';
import { UsageError } from '../cli/failures.ts';
import type { Deployed } from './aws.ts';
import { optionalOutput } from './outputs.ts';

/** The environment's clusters that are not gone, the newest first: the persistent one, or those that runs have made. */
export async function liveClusters({ emr, environment }: Pick<Deployed, 'emr' | 'environment'>): Promise<ClusterSummary[]> {
  const { Clusters = [] } = await emr.send(
    new ListClustersCommand({ ClusterStates: ['STARTING', 'BOOTSTRAPPING', 'RUNNING', 'WAITING', 'TERMINATING'] }),
  );
  return Clusters.filter(({ Name = '' }) => Name === `millrace-${environment}` || Name.startsWith(`millrace-${environment}-`));
}

export interface PrimaryNode {
  readonly clusterId: string;
  /** Of EC2. */
  readonly instanceId: string;
}

/**
 * The primary node of the cluster that is running.
 * @throws UsageError where there is none
 */
export async function primaryNode(deployed: Deployed): Promise<PrimaryNode> {
  const { emr, environment } = deployed;
  const persistent = await optionalOutput(deployed, 'processing', 'clusterId');
  const clusters = await liveClusters(deployed);
  const cluster = clusters.find(
    ({ Id, Status }) => (Status?.State === 'RUNNING' || Status?.State === 'WAITING') && (!persistent || Id === persistent),
  );
  if (!cluster?.Id) {
    const states = clusters.map(({ Id, Status }) => `${Id} ${Status?.State}`);
    throw new UsageError(
      `cluster of ${environment} must be running, got ${states.length > 0 ? states.join(', ') : 'none'}` +
        (persistent ? '' : `: it is there during a run (\`millrace run churn --env ${environment}\`)`),
    );
  }
  // Groups and fleets are both asked for by the kind of node.
  const byKind = await emr.send(
    new ListInstancesCommand({ ClusterId: cluster.Id, InstanceFleetType: 'MASTER', InstanceStates: ['RUNNING'] }),
  );
  const instanceId = byKind.Instances?.[0]?.Ec2InstanceId;
  if (!instanceId) throw new UsageError(`primary node of ${cluster.Id} must be running, got none`);
  return { clusterId: cluster.Id, instanceId };
}
