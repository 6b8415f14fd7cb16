import type { CfnCluster, CfnClusterProps } from 'aws-cdk-lib/aws-emr';
import type { ClusterRequest, Configuration, InstanceFleet } from './emr-definition.ts';

/** A cluster's request as properties of the CloudFormation resource, which has other names for the same things. */
export function clusterProps(name: string, request: ClusterRequest): CfnClusterProps {
  const { Instances: instances, ManagedScalingPolicy: scaling } = request;
  const fleet = (type: InstanceFleet['InstanceFleetType']) => instances.InstanceFleets.filter((each) => each.InstanceFleetType === type);
  const limits = scaling.ComputeLimits;
  return {
    name,
    releaseLabel: request.ReleaseLabel,
    applications: request.Applications.map((each) => ({ name: each.Name })),
    configurations: request.Configurations.map(configuration),
    instances: {
      ...first(fleet('MASTER'), (found) => ({ masterInstanceFleet: found })),
      ...first(fleet('CORE'), (found) => ({ coreInstanceFleet: found })),
      taskInstanceFleets: fleet('TASK').map(instanceFleet),
      ec2SubnetIds: [...instances.Ec2SubnetIds],
      emrManagedMasterSecurityGroup: instances.EmrManagedMasterSecurityGroup,
      emrManagedSlaveSecurityGroup: instances.EmrManagedSlaveSecurityGroup,
      serviceAccessSecurityGroup: instances.ServiceAccessSecurityGroup,
      keepJobFlowAliveWhenNoSteps: instances.KeepJobFlowAliveWhenNoSteps,
      terminationProtected: instances.TerminationProtected,
    },
    serviceRole: request.ServiceRole,
    jobFlowRole: request.JobFlowRole,
    securityConfiguration: request.SecurityConfiguration,
    logUri: request.LogUri,
    managedScalingPolicy: {
      computeLimits: {
        unitType: limits.UnitType,
        minimumCapacityUnits: limits.MinimumCapacityUnits,
        maximumCapacityUnits: limits.MaximumCapacityUnits,
        maximumOnDemandCapacityUnits: limits.MaximumOnDemandCapacityUnits,
        maximumCoreCapacityUnits: limits.MaximumCoreCapacityUnits,
      },
    },
    ...(request.AutoTerminationPolicy && { autoTerminationPolicy: { idleTimeout: request.AutoTerminationPolicy.IdleTimeout } }),
    stepConcurrencyLevel: request.StepConcurrencyLevel,
    scaleDownBehavior: request.ScaleDownBehavior,
    tags: request.Tags.map(({ Key, Value }) => ({ key: Key, value: Value })),
  };
}

function first<Named>(
  fleets: readonly InstanceFleet[],
  named: (fleet: CfnCluster.InstanceFleetConfigProperty) => Named,
): Named | undefined {
  return fleets[0] && named(instanceFleet(fleets[0]));
}

function instanceFleet(fleet: InstanceFleet): CfnCluster.InstanceFleetConfigProperty {
  return {
    name: fleet.Name,
    targetOnDemandCapacity: fleet.TargetOnDemandCapacity,
    targetSpotCapacity: fleet.TargetSpotCapacity,
    instanceTypeConfigs: fleet.InstanceTypeConfigs.map((each) => ({
      instanceType: each.InstanceType,
      weightedCapacity: each.WeightedCapacity,
    })),
    launchSpecifications: launchSpecifications(fleet.LaunchSpecifications),
  };
}

function launchSpecifications(
  specifications: InstanceFleet['LaunchSpecifications'],
): CfnCluster.InstanceFleetProvisioningSpecificationsProperty {
  if ('OnDemandSpecification' in specifications) {
    return { onDemandSpecification: { allocationStrategy: specifications.OnDemandSpecification.AllocationStrategy } };
  }
  const { AllocationStrategy, TimeoutAction, TimeoutDurationMinutes } = specifications.SpotSpecification;
  return {
    spotSpecification: {
      allocationStrategy: AllocationStrategy,
      timeoutAction: TimeoutAction,
      timeoutDurationMinutes: TimeoutDurationMinutes,
    },
  };
}

function configuration({ Classification, Properties, Configurations }: Configuration): CfnCluster.ConfigurationProperty {
  return {
    classification: Classification,
    ...(Properties && { configurationProperties: { ...Properties } }),
    ...(Configurations && { configurations: Configurations.map(configuration) }),
  };
}
