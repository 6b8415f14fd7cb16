import type { ProcessingSettings } from '../environments.ts';
import { PIPELINES } from '../pipelines/index.ts';
import { stepsOf } from '../pipelines/pipeline.ts';
import { emrRelease } from '../versions.ts';
import { EMR_TAG } from './security-groups.ts';

/** The request of EMR's RunJobFlow, as far as it is used, by its own names. https://docs.aws.amazon.com/emr/latest/APIReference/API_RunJobFlow.html */
export interface ClusterRequest {
  readonly ReleaseLabel: string;
  readonly Applications: readonly { readonly Name: string }[];
  readonly Configurations: readonly Configuration[];
  readonly Instances: {
    readonly InstanceFleets: readonly InstanceFleet[];
    readonly Ec2SubnetIds: readonly string[];
    readonly EmrManagedMasterSecurityGroup: string;
    readonly EmrManagedSlaveSecurityGroup: string;
    readonly ServiceAccessSecurityGroup: string;
    readonly KeepJobFlowAliveWhenNoSteps: boolean;
    readonly TerminationProtected: boolean;
  };
  readonly ServiceRole: string;
  /** Name of the instance profile: not the ARN of a role. */
  readonly JobFlowRole: string;
  readonly SecurityConfiguration: string;
  readonly LogUri: string;
  readonly ManagedScalingPolicy: { readonly ComputeLimits: ComputeLimits };
  readonly AutoTerminationPolicy?: { readonly IdleTimeout: number };
  readonly StepConcurrencyLevel: number;
  readonly ScaleDownBehavior: 'TERMINATE_AT_TASK_COMPLETION';
  readonly Tags: readonly { readonly Key: string; readonly Value: string }[];
}

export interface Configuration {
  readonly Classification: string;
  readonly Properties?: Readonly<Record<string, string>>;
  readonly Configurations?: readonly Configuration[];
}

export interface InstanceFleet {
  readonly Name: string;
  readonly InstanceFleetType: 'MASTER' | 'CORE' | 'TASK';
  readonly TargetOnDemandCapacity: number;
  readonly TargetSpotCapacity: number;
  readonly InstanceTypeConfigs: readonly { readonly InstanceType: string; readonly WeightedCapacity: number }[];
  readonly LaunchSpecifications:
    | { readonly OnDemandSpecification: { readonly AllocationStrategy: 'lowest-price' } }
    | {
        readonly SpotSpecification: {
          readonly AllocationStrategy: 'price-capacity-optimized';
          readonly TimeoutAction: 'SWITCH_TO_ON_DEMAND';
          readonly TimeoutDurationMinutes: number;
        };
      };
}

interface ComputeLimits {
  readonly UnitType: 'InstanceFleetUnits';
  readonly MinimumCapacityUnits: number;
  readonly MaximumCapacityUnits: number;
  readonly MaximumOnDemandCapacityUnits: number;
  readonly MaximumCoreCapacityUnits: number;
}

/** Where the parts of a cluster are: names, ids and URIs, tokens of the stacks among them. */
export interface ClusterParts {
  readonly settings: ProcessingSettings;
  readonly environment: string;
  readonly subnetIds: readonly string[];
  readonly primaryGroup: string;
  readonly coreGroup: string;
  readonly serviceGroup: string;
  readonly serviceRole: string;
  readonly instanceProfile: string;
  readonly securityConfiguration: string;
  readonly logs: string;
  /** Root of the lake's tables. */
  readonly warehouse: string;
}

/** Marks the clusters of an environment: who may end one may end no other. */
export const ENVIRONMENT_TAG = 'millrace:environment';

/** Minutes to wait for Spot nodes before paying the whole price. */
const SPOT_TIMEOUT_MINUTES = 10;

/** Seconds a transient cluster may be idle: should nobody have terminated it. */
const IDLE_TIMEOUT_SECONDS = 60 * 60;

/** Steps at a time where the cluster is always there: those that never end, a run's, and two of people. */
const PERSISTENT_CONCURRENCY =
  PIPELINES.flatMap((each) => stepsOf<never>(each)).filter((step) => step.kind === 'spark' && step.continuous).length + 3;

/** The one definition of the cluster: the stack makes a resource of it, the state machine a request. */
export function clusterRequest(parts: ClusterParts): ClusterRequest {
  const { settings } = parts;
  const persistent = settings.lifetime === 'persistent';
  const release = emrRelease(settings.emrRelease);
  return {
    ReleaseLabel: release.label,
    Applications: release.applications.map((Name) => ({ Name })),
    Configurations: configurations(parts, release.python),
    Instances: {
      InstanceFleets: fleets(settings),
      Ec2SubnetIds: parts.subnetIds,
      EmrManagedMasterSecurityGroup: parts.primaryGroup,
      EmrManagedSlaveSecurityGroup: parts.coreGroup,
      ServiceAccessSecurityGroup: parts.serviceGroup,
      KeepJobFlowAliveWhenNoSteps: true,
      TerminationProtected: false,
    },
    ServiceRole: parts.serviceRole,
    JobFlowRole: parts.instanceProfile,
    SecurityConfiguration: parts.securityConfiguration,
    LogUri: `${parts.logs}/`,
    ManagedScalingPolicy: {
      ComputeLimits: {
        UnitType: 'InstanceFleetUnits',
        MinimumCapacityUnits: settings.coreUnits,
        MaximumCapacityUnits: settings.coreUnits + settings.maxTaskUnits,
        // What is added is Spot.
        MaximumOnDemandCapacityUnits: settings.coreUnits,
        MaximumCoreCapacityUnits: settings.coreUnits,
      },
    },
    ...(!persistent && { AutoTerminationPolicy: { IdleTimeout: IDLE_TIMEOUT_SECONDS } }),
    StepConcurrencyLevel: persistent ? PERSISTENT_CONCURRENCY : 1,
    ScaleDownBehavior: 'TERMINATE_AT_TASK_COMPLETION',
    Tags: [
      { Key: EMR_TAG, Value: 'true' },
      { Key: ENVIRONMENT_TAG, Value: parts.environment },
    ],
  };
}

function fleets({ primaryTypes, coreTypes, taskTypes, coreUnits, maxTaskUnits }: ProcessingSettings): InstanceFleet[] {
  const common = (name: string, types: readonly string[]) => ({
    Name: name,
    InstanceTypeConfigs: types.map((InstanceType) => ({ InstanceType, WeightedCapacity: 1 })),
  });
  const onDemand = { LaunchSpecifications: { OnDemandSpecification: { AllocationStrategy: 'lowest-price' as const } } };
  const primary: InstanceFleet = {
    ...common('primary', primaryTypes),
    ...onDemand,
    InstanceFleetType: 'MASTER',
    TargetOnDemandCapacity: 1,
    TargetSpotCapacity: 0,
  };
  const core: InstanceFleet = {
    ...common('core', coreTypes),
    ...onDemand,
    InstanceFleetType: 'CORE',
    TargetOnDemandCapacity: coreUnits,
    TargetSpotCapacity: 0,
  };
  const task: InstanceFleet = {
    ...common('task', taskTypes),
    InstanceFleetType: 'TASK',
    TargetOnDemandCapacity: 0,
    // EMR takes no empty fleet; managed scaling ends the node where it has nothing to do.
    TargetSpotCapacity: 1,
    LaunchSpecifications: {
      SpotSpecification: {
        AllocationStrategy: 'price-capacity-optimized',
        TimeoutAction: 'SWITCH_TO_ON_DEMAND',
        TimeoutDurationMinutes: SPOT_TIMEOUT_MINUTES,
      },
    },
  };
  return maxTaskUnits > 0 ? [primary, core, task] : [primary, core];
}

function configurations({ warehouse }: ClusterParts, python: string): Configuration[] {
  const glue = { 'hive.metastore.client.factory.class': 'com.amazonaws.glue.catalog.metastore.AWSGlueDataCatalogHiveClientFactory' };
  const exported = { Classification: 'export', Properties: { PYSPARK_PYTHON: `/usr/bin/python${python}` } };
  return [
    // Without a place of their own Hive's tables would lie in HDFS and go with the cluster.
    { Classification: 'hive-site', Properties: { ...glue, 'hive.metastore.warehouse.dir': warehouse } },
    { Classification: 'spark-hive-site', Properties: glue },
    { Classification: 'iceberg-defaults', Properties: { 'iceberg.enabled': 'true' } },
    { Classification: 'spark-defaults', Properties: sparkDefaults(warehouse) },
    { Classification: 'spark-env', Configurations: [exported] },
    { Classification: 'livy-env', Configurations: [exported] },
    { Classification: 'livy-conf', Properties: { 'livy.spark.deploy-mode': 'cluster' } },
    // Drivers stay off Spot nodes, whose end would be theirs.
    {
      Classification: 'yarn-site',
      Properties: { 'yarn.node-labels.enabled': 'true', 'yarn.node-labels.am.default-node-label-expression': 'CORE' },
    },
  ];
}

function sparkDefaults(warehouse: string): Record<string, string> {
  const catalog = 'spark.sql.catalog.lake';
  return {
    'spark.sql.extensions': 'org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions',
    [catalog]: 'org.apache.iceberg.spark.SparkCatalog',
    [`${catalog}.type`]: 'glue',
    [`${catalog}.warehouse`]: warehouse,
    'spark.sql.session.timeZone': 'UTC',
    'spark.dynamicAllocation.enabled': 'true',
    // A driver and two executors, with what their Python workers take beside the heap, fit a node of 16 GiB (12 GiB of YARN's).
    'spark.driver.memory': '1536m',
    'spark.driver.memoryOverhead': '1024m',
    'spark.executor.cores': '2',
    'spark.executor.memory': '3072m',
    'spark.executor.memoryOverhead': '1536m',
  };
}
