import { createHash } from 'node:crypto';
import { CfnCluster, CfnSecurityConfiguration } from 'aws-cdk-lib/aws-emr';
import { CfnInstanceProfile, type Role } from 'aws-cdk-lib/aws-iam';
import { ReferenceStrength, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { EmrCertificates } from './emr-certificates.ts';
import { clusterProps } from './emr-cluster-resource.ts';
import { clusterRequest, type ClusterRequest } from './emr-definition.ts';
import { instanceRole, serviceRole, type InstanceRoleProps } from './emr-roles.ts';
import { securityConfiguration } from './emr-security-configuration.ts';
import type { EnvironmentStack } from './environment-stack.ts';
import type { Lake } from './lake.ts';
import type { Network } from './network.ts';

export interface EmrClusterProps extends InstanceRoleProps {
  readonly network: Network;
}

/** One definition of an EMR cluster: as a resource where it is persistent, as a request of the state machine where it is transient. */
export class EmrCluster extends Construct {
  /** Of the persistent cluster. @default - none: the cluster is transient */
  readonly clusterId?: string;
  /** By which whoever runs steps finds the persistent cluster, the one that replaces it, too. @default - none: the cluster is transient */
  readonly persistentName?: string;
  /** What the nodes may do. */
  readonly instanceRole: Role;
  /** What EMR may do for the cluster. */
  readonly serviceRole: Role;
  /** The request of `elasticmapreduce:createCluster`, without the name. */
  readonly definition: ClusterRequest;

  constructor(scope: EnvironmentStack, id: string, { network, lake, kafka, code }: EmrClusterProps) {
    super(scope, id);
    const { processing: settings, name: environment } = scope.settings;
    this.instanceRole = instanceRole(this, 'InstanceRole', { lake, kafka, code });
    this.serviceRole = serviceRole(this, 'ServiceRole', this.instanceRole, lake);
    const profile = new CfnInstanceProfile(this, 'InstanceProfile', { roles: [this.instanceRole.roleName] });
    const security = this.securityConfiguration(scope, lake);
    this.definition = clusterRequest({
      settings,
      environment,
      subnetIds: network.vpc.selectSubnets(network.subnets).subnetIds,
      primaryGroup: network.groups.emrPrimary.securityGroupId,
      coreGroup: network.groups.emrCore.securityGroupId,
      serviceGroup: network.groups.emrService.securityGroupId,
      serviceRole: this.serviceRole.roleArn,
      instanceProfile: profile.ref,
      securityConfiguration: security.name!,
      logs: lake.uris.emrLogs,
      warehouse: lake.uris.warehouse,
    });
    if (settings.lifetime === 'transient') return;
    const cluster = new CfnCluster(this, 'Resource', clusterProps(scope.prefix, this.definition));
    // The policies of both roles, and not the roles alone, must be there before it starts and until it has ended.
    cluster.node.addDependency(security, profile, this.instanceRole, this.serviceRole);
    this.persistentName = scope.prefix;
    // Weak: most changes to a cluster replace it, which an exported id in use elsewhere would forbid.
    this.clusterId = Stack.consumeReference(cluster.ref, ReferenceStrength.WEAK);
  }

  /** Its name tells its content: EMR cannot change one, and a new one must be there beside the one in use. */
  private securityConfiguration(scope: EnvironmentStack, lake: Lake): CfnSecurityConfiguration {
    const certificates = scope.settings.processing.encryptInTransit ? new EmrCertificates(this, 'Certificates', lake) : undefined;
    const content = securityConfiguration({ keyArn: lake.key.keyArn, ...(certificates && { certificates: certificates.uri }) });
    const hash = createHash('sha256')
      .update(JSON.stringify(scope.resolve(content)))
      .digest('hex');
    const configuration = new CfnSecurityConfiguration(this, 'SecurityConfiguration', {
      name: `${scope.prefix}-${hash.slice(0, 8)}`,
      securityConfiguration: content,
    });
    if (certificates) configuration.node.addDependency(certificates);
    return configuration;
  }
}
