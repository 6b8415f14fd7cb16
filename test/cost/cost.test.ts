import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { costText } from '../../lib/cost/command.ts';
import { eventsCost } from '../../lib/cost/events.ts';
import { idleCost, sum, type IdleCost } from '../../lib/cost/idle.ts';
import { BROKER_PRICES, NODE_PRICES, PRICES } from '../../lib/cost/prices.ts';
import { FREE, PRICED } from '../../lib/cost/resource-prices.ts';
import type { Resource, StackTemplate } from '../../lib/cost/template.ts';
import { synthesize } from '../../lib/cost/synthesize.ts';
import { environment, ENVIRONMENTS } from '../../lib/environments.ts';

const templates = new Map<string, StackTemplate[]>();
const dev = environment('dev');

beforeAll(async () => {
  for (const each of ENVIRONMENTS) templates.set(each.name, await synthesize(each));
}, 60_000);

const idle = (name: string): IdleCost => idleCost(environment(name), templates.get(name)!);
const total = ({ lines }: IdleCost) => sum(lines.map(({ usd }) => usd));
const usdOf = ({ lines }: IdleCost, what: string) => lines.find((line) => line.what === what)?.usd ?? 0;
const stack = (...resources: Resource[]): StackTemplate[] => [
  { stack: 'test', template: { Resources: Object.fromEntries(resources.map((each, index) => [`R${index}`, each])) } },
];

test('a day of idle dev costs less than 4 USD', () => {
  expect(total(idle('dev'))).toBeLessThan(4);
  // And not because nothing was found: its two brokers are the most of it.
  expect(usdOf(idle('dev'), 'MSK brokers')).toBeGreaterThan(2);
});

describe('every type of resource is priced, or named as free with a reason', () => {
  test.each(ENVIRONMENTS.map(({ name }) => name))('%s', (name) => {
    expect(idle(name).unknown).toEqual([]);
  });

  test('no type is both', () => {
    expect(Object.keys(PRICED).filter((type) => type in FREE)).toEqual([]);
    expect(Object.values(FREE).filter((reason) => reason.length < 5)).toEqual([]);
  });
});

test('a type that nobody has priced is listed, not left out', () => {
  expect(idleCost(dev, stack({ Type: 'AWS::Timestream::Database' }, { Type: 'AWS::S3::Bucket' })).unknown).toEqual([
    'AWS::Timestream::Database',
  ]);
});

test('a type of broker that has no price stops the reckoning', () => {
  const broker = { NumberOfBrokerNodes: 3, BrokerNodeGroupInfo: { InstanceType: 'kafka.zz.large' } };
  expect(() => idleCost(dev, stack({ Type: 'AWS::MSK::Cluster', Properties: broker }))).toThrow('got none for kafka.zz.large');
});

test('endpoints are paid for in each of their zones; gateway endpoints are free', () => {
  const endpoint = (VpcEndpointType: string, zones: number) => ({
    Type: 'AWS::EC2::VPCEndpoint',
    Properties: { VpcEndpointType, SubnetIds: Array.from({ length: zones }, (_, index) => `subnet-${index}`) },
  });
  const cost = idleCost(dev, stack(endpoint('Interface', 3), endpoint('Interface', 1), endpoint('Gateway', 0)));
  // 4 x 24 hours of 0.01.
  expect(usdOf(cost, 'Interface endpoints')).toBeCloseTo(0.96);
  expect(cost.lines.find(({ what }) => what === 'Interface endpoints')!.how).toBe('4 endpoints in a zone');
});

test('a password that AWS manages is a secret to be paid for, though no template names it', () => {
  const namespace = (ManageAdminPassword: boolean) =>
    stack({ Type: 'AWS::RedshiftServerless::Namespace', Properties: { ManageAdminPassword } });
  expect(usdOf(idleCost(dev, namespace(true)), 'Secrets')).toBeCloseTo(0.013);
  expect(usdOf(idleCost(dev, namespace(false)), 'Secrets')).toBe(0);
});

test('Redshift is paid for by the minutes it wakes, or all day where it is kept awake', () => {
  const workgroup = stack({ Type: 'AWS::RedshiftServerless::Workgroup', Properties: { BaseCapacity: 4 } });
  const warehouse = { baseRpu: 4, maxRpu: 8, rpuHoursADay: 8 };
  const hourly = idleCost({ ...dev, warehouse: { ...warehouse, streamingRefresh: { everyMinutes: 60 } } }, workgroup);
  // 24 minutes of 4 RPU: 1.6 RPU hours.
  expect(usdOf(hourly, 'Redshift')).toBeCloseTo(0.6);
  const always = idleCost({ ...dev, warehouse: { ...warehouse, streamingRefresh: 'auto' } }, workgroup);
  expect(usdOf(always, 'Redshift')).toBeCloseTo(36);
});

test('a persistent cluster is paid for by the hour, its Spot nodes as if they were on demand', () => {
  const fleet = (on: number, spot: number) => ({
    TargetOnDemandCapacity: on,
    TargetSpotCapacity: spot,
    InstanceTypeConfigs: [{ InstanceType: 'm7g.xlarge' }],
  });
  const Instances = { MasterInstanceFleet: fleet(1, 0), CoreInstanceFleet: fleet(1, 1) };
  const cost = idleCost(dev, stack({ Type: 'AWS::EMR::Cluster', Properties: { Instances } }));
  // 72 hours of 0.1632 + 0.0408, and three disks.
  expect(usdOf(cost, 'EMR nodes')).toBeGreaterThan(14.688);
  expect(usdOf(cost, 'EMR nodes')).toBeLessThan(15.5);
});

test('a schedule that is switched off calls nothing', () => {
  const rule = (State: string) => ({ Type: 'AWS::Events::Rule', Properties: { ScheduleExpression: 'rate(5 minutes)', State } });
  const calls = (cost: IdleCost) => cost.lines.find(({ what }) => what === 'Scheduled functions')!.how;
  expect(calls(idleCost(dev, stack(rule('ENABLED'))))).toMatch(/^288 calls/);
  expect(calls(idleCost(dev, stack(rule('DISABLED'))))).toMatch(/^0 calls/);
});

test('a million events cost the transient environment a run of its cluster, the persistent one nothing of the kind', () => {
  const lines = (name: string) => eventsCost(environment(name), templates.get(name)!, 1_000_000);
  expect(lines('dev').map(({ what }) => what)).toEqual(expect.arrayContaining(['churn run on EMR', 'Redshift', 'Lambda', 'MSK data']));
  expect(lines('prod').map(({ what }) => what)).not.toContain('churn run on EMR');
  expect(lines('dev').every(({ estimate }) => estimate)).toBe(true);
});

test('more events cost more, though one run takes them all', () => {
  const cost = (events: number) => sum(eventsCost(dev, templates.get('dev')!, events).map(({ usd }) => usd));
  expect(cost(100_000_000)).toBeGreaterThan(cost(1_000_000) * 2);
  expect(cost(100_000_000)).toBeLessThan(cost(1_000_000) * 100);
});

test('each price says where it was read and when', () => {
  const nodes = Object.values(NODE_PRICES).flatMap(({ instance, emr }) => [instance, emr]);
  for (const { usd, source, read, per } of [...Object.values(PRICES), ...Object.values(BROKER_PRICES), ...nodes]) {
    expect(usd).toBeGreaterThan(0);
    expect(per).not.toBe('');
    expect(source).toMatch(/^https:\/\/aws\.amazon\.com\//);
    expect(read).toMatch(/^20\d\d-(0\d|1[0-2])$/);
  }
});

test('every type of node and broker of an environment has a price', () => {
  for (const { processing, stream } of ENVIRONMENTS) {
    expect(NODE_PRICES).toHaveProperty([processing.primaryTypes[0]!]);
    expect(NODE_PRICES).toHaveProperty([processing.coreTypes[0]!]);
    expect(BROKER_PRICES).toHaveProperty([stream.brokerType]);
  }
});

test('the table ends with a total and says what it is', async () => {
  const text = await costText('dev', 1_000_000);
  expect(text).toMatch(/Total +~ +\d+\.\d{3}\n/);
  expect(text).toContain('~ is an estimate');
});

test('the documentation says what the reckoning says', () => {
  const row = readFileSync('docs/aws.md', 'utf8')
    .split('\n')
    .find((line) => line.startsWith('| **all** |'))!;
  const figures = [...row.matchAll(/\*\*([\d.]+)\*\*/g)].map(([, figure]) => figure);
  expect(figures).toEqual(ENVIRONMENTS.map(({ name }) => total(idle(name)).toFixed(1)));
});
