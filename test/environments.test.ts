import { describe, expect, test } from 'vitest';
import { checkEnvironment, environment, ENVIRONMENTS, type Environment } from '../lib/environments.ts';

const dev = environment('dev');

test('every environment of the list can work', () => {
  for (const each of ENVIRONMENTS) expect(() => checkEnvironment(each)).not.toThrow();
});

test('a name that is not there is answered with the names that are', () => {
  expect(() => environment('test')).toThrow('environment must be one of dev, staging, prod, got test');
});

test('networks of two environments do not overlap, so that they can be peered', () => {
  const networks = ENVIRONMENTS.map(({ network }) => network.cidr);
  expect(new Set(networks).size).toBe(networks.length);
});

test('only dev goes without a trace', () => {
  expect(ENVIRONMENTS.filter(({ stable }) => !stable).map(({ name }) => name)).toEqual(['dev']);
});

test('no schedule is on until somebody switches it on', () => {
  for (const { schedules } of ENVIRONMENTS)
    for (const each of Object.values(schedules) as { enabled: boolean }[]) expect(each.enabled).toBe(false);
});

describe('fails before the deployment, with one line,', () => {
  const stream = (changes: Partial<Environment['stream']>): Environment => ({ ...dev, stream: { ...dev.stream, ...changes } });
  const cases: readonly (readonly [string, Environment, string])[] = [
    [
      'when a name would not fit into names of buckets',
      { ...dev, name: 'Dev_1' },
      'name of environment Dev_1 must be 2 to 12 lower-case letters and digits, a letter first, got Dev_1',
    ],
    ['with two zones', { ...dev, zones: ['a', 'b'] }, 'zones of environment dev must be three (Redshift with enhanced VPC routing), got 2'],
    ['when a zone is named twice', { ...dev, zones: ['a', 'b', 'b'] }, 'zones of environment dev must be different letters, got a, b, b'],
    [
      'when endpoints stand in more zones than there are',
      { ...dev, network: { ...dev.network, endpointZones: 4 } },
      'network.endpointZones of environment dev must be 1 to 3, got 4',
    ],
    [
      'with a version of Kafka that MSK does not have',
      stream({ kafkaVersion: '9.9.9' }),
      'stream.kafkaVersion of environment dev must be one of 3.9.x, 3.9.x.kraft, got 9.9.9',
    ],
    ['with t3.small under KRaft', stream({ kafkaVersion: '3.9.x.kraft' }), 'got kafka.t3.small'],
    ['with a size of broker that there is not', stream({ brokerType: 'kafka.m5.small' }), 'got kafka.m5.small'],
    ['with brokers in one zone', stream({ zones: 1 }), 'stream.zones of environment dev must be 2 or 3, got 1'],
    [
      'when the zones do not share the brokers evenly',
      stream({ brokers: 3 }),
      'stream.brokers of environment dev must be a multiple of stream.zones (2), got 3',
    ],
    [
      'with more replicas than brokers',
      stream({ replicationFactor: 3 }),
      'stream.replicationFactor of environment dev must be 1 to the number of brokers (2), got 3',
    ],
    [
      'when a restarting broker would stop the producers',
      stream({ minInSyncReplicas: 2 }),
      'stream.minInSyncReplicas of environment dev must be at least 1 and below the replication factor (2)',
    ],
    [
      'when storage would have to shrink',
      stream({ maxStorageGiB: 5 }),
      'stream.maxStorageGiB of environment dev must be at least storageGiB (10), got 5',
    ],
    [
      'with 5 RPU',
      { ...dev, warehouse: { ...dev.warehouse, baseRpu: 5 } },
      'warehouse.baseRpu of environment dev must be 4 or a multiple of 8, got 5',
    ],
    [
      'when the most RPU are less than the least',
      { ...dev, warehouse: { ...dev.warehouse, maxRpu: 2 } },
      'warehouse.maxRpu of environment dev must be at least baseRpu (4), got 2',
    ],
    [
      'without a core node',
      { ...dev, processing: { ...dev.processing, coreUnits: 0 } },
      'processing.coreUnits of environment dev must be at least 1, got 0',
    ],
    [
      'with processors that the Python packages are not built for',
      { ...dev, processing: { ...dev.processing, coreTypes: ['m5.xlarge'] } },
      'instance types of processing of environment dev must be Graviton types such as m7g.xlarge, got m5.xlarge',
    ],
  ];

  test.each(cases)('%s', (_, wrong, message) => {
    expect(() => checkEnvironment(wrong)).toThrow(message);
  });
});
