import { expect, test } from 'vitest';
import { clusterProps } from '../../lib/constructs/emr-cluster-resource.ts';
import { clusterRequest, type ClusterParts } from '../../lib/constructs/emr-definition.ts';
import { environment } from '../../lib/environments.ts';

const parts = (name: string): ClusterParts => ({
  settings: environment(name).processing,
  environment: name,
  subnetIds: ['subnet-1', 'subnet-2'],
  primaryGroup: 'sg-primary',
  coreGroup: 'sg-core',
  serviceGroup: 'sg-service',
  serviceRole: 'arn:aws:iam::111122223333:role/service',
  instanceProfile: 'profile',
  securityConfiguration: 'security',
  logs: 's3://artifacts/emr',
  warehouse: 's3://tables/tables',
});

/** EMR's own names for what CloudFormation names otherwise, written here a second time on purpose. */
function asRequest(properties: unknown): unknown {
  const upper = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(upper);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) =>
        key === 'configurationProperties' ? ['Properties', each] : [key[0]!.toUpperCase() + key.slice(1), upper(each)],
      ),
    );
  };
  const { Instances, ...rest } = upper(properties) as { Instances: Record<string, unknown> };
  const { MasterInstanceFleet, CoreInstanceFleet, TaskInstanceFleets, ...instances } = Instances;
  const fleet = (type: string, found: unknown) => ({ ...(found as object), InstanceFleetType: type });
  const tasks = (TaskInstanceFleets as object[]).map((each) => fleet('TASK', each));
  return {
    ...rest,
    Instances: { ...instances, InstanceFleets: [fleet('MASTER', MasterInstanceFleet), fleet('CORE', CoreInstanceFleet), ...tasks] },
  };
}

test.each(['dev', 'staging', 'prod'])('as a resource the cluster of %s is what it is as a request', (name) => {
  const request = clusterRequest(parts(name));
  expect(asRequest(clusterProps('millrace', request))).toEqual({ Name: 'millrace', ...request });
});

test('the core is on demand, and what is added to it is Spot, or on demand where there is none', () => {
  const { Instances, ManagedScalingPolicy } = clusterRequest(parts('prod'));
  const [primary, core, task] = Instances.InstanceFleets;
  expect(primary).toMatchObject({ InstanceFleetType: 'MASTER', TargetOnDemandCapacity: 1, TargetSpotCapacity: 0 });
  expect(core).toMatchObject({ InstanceFleetType: 'CORE', TargetOnDemandCapacity: 2, TargetSpotCapacity: 0 });
  expect(task).toMatchObject({
    InstanceFleetType: 'TASK',
    TargetOnDemandCapacity: 0,
    LaunchSpecifications: { SpotSpecification: { TimeoutAction: 'SWITCH_TO_ON_DEMAND' } },
  });
  expect(ManagedScalingPolicy.ComputeLimits).toEqual({
    UnitType: 'InstanceFleetUnits',
    MinimumCapacityUnits: 2,
    MaximumCapacityUnits: 10,
    MaximumOnDemandCapacityUnits: 2,
    MaximumCoreCapacityUnits: 2,
  });
});

test('a cluster that may not grow has no fleet for it', () => {
  const { settings, ...rest } = parts('dev');
  const { Instances } = clusterRequest({ ...rest, settings: { ...settings, maxTaskUnits: 0 } });
  expect(Instances.InstanceFleets.map((fleet) => fleet.InstanceFleetType)).toEqual(['MASTER', 'CORE']);
});

test('a cluster of one run takes one step at a time and ends itself when forgotten; one that is always there does neither', () => {
  expect(clusterRequest(parts('dev'))).toMatchObject({ StepConcurrencyLevel: 1, AutoTerminationPolicy: { IdleTimeout: 3600 } });
  const persistent = clusterRequest(parts('prod'));
  expect(persistent.StepConcurrencyLevel).toBeGreaterThan(2);
  expect(persistent).not.toHaveProperty('AutoTerminationPolicy');
});

test('the service policy finds its tag, and every cluster says whose it is', () => {
  expect(clusterRequest(parts('dev')).Tags).toEqual([
    { Key: 'for-use-with-amazon-emr-managed-policies', Value: 'true' },
    { Key: 'millrace:environment', Value: 'dev' },
  ]);
});

test('Spark and Hive use Glue, Iceberg is the catalog `lake`, and Python is the release’s newer one', () => {
  const { Configurations } = clusterRequest(parts('dev'));
  const properties = (name: string) => Configurations.find(({ Classification }) => Classification === name)?.Properties;
  const glue = 'com.amazonaws.glue.catalog.metastore.AWSGlueDataCatalogHiveClientFactory';
  for (const each of ['hive-site', 'spark-hive-site'])
    expect(properties(each)).toMatchObject({ 'hive.metastore.client.factory.class': glue });
  expect(properties('hive-site')).toMatchObject({ 'hive.metastore.warehouse.dir': 's3://tables/tables' });
  expect(properties('iceberg-defaults')).toEqual({ 'iceberg.enabled': 'true' });
  expect(properties('spark-defaults')).toMatchObject({
    'spark.sql.catalog.lake': 'org.apache.iceberg.spark.SparkCatalog',
    'spark.sql.catalog.lake.type': 'glue',
    'spark.sql.catalog.lake.warehouse': 's3://tables/tables',
  });
  for (const each of ['spark-env', 'livy-env']) {
    const found = Configurations.find(({ Classification }) => Classification === each)!;
    expect(found.Configurations).toEqual([{ Classification: 'export', Properties: { PYSPARK_PYTHON: '/usr/bin/python3.11' } }]);
  }
});
