import { beforeAll, describe, expect, test } from 'vitest';
import { EMR_TAG, type GroupName } from '../../lib/constructs/security-groups.ts';
import { environment } from '../../lib/environments.ts';
import { NetworkStack } from '../../lib/network-stack.ts';
import { emptyStage, templateOf } from '../support/stacks.ts';

interface Rule {
  readonly Properties: {
    readonly GroupId: unknown;
    readonly SourceSecurityGroupId?: unknown;
    readonly DestinationSecurityGroupId?: unknown;
    readonly CidrIp?: string;
    readonly IpProtocol: string;
    readonly FromPort: number;
    readonly ToPort: number;
    readonly Description: string;
  };
  readonly DependsOn: readonly string[];
}

const GROUPS: readonly GroupName[] = ['kafka', 'emrPrimary', 'emrCore', 'emrService', 'warehouse', 'functions', 'endpoints'];

let stack: NetworkStack;
let ingress: Rule[];
let egress: Rule[];

beforeAll(() => {
  stack = new NetworkStack(emptyStage('dev'), 'network', { environment: environment('dev') });
  const template = templateOf(stack);
  ingress = Object.values(template.findResources('AWS::EC2::SecurityGroupIngress')) as unknown as Rule[];
  egress = Object.values(template.findResources('AWS::EC2::SecurityGroupEgress')) as unknown as Rule[];
});

/** `emrCore > kafka tcp 9098`; all ports are `0-65535`, all of ICMP is `all`. */
function spoken(from: unknown, to: unknown, { IpProtocol, FromPort, ToPort }: Rule['Properties']): string {
  const ports = FromPort === -1 && ToPort === -1 ? 'all' : FromPort === ToPort ? FromPort : `${FromPort}-${ToPort}`;
  return `${nameOf(from)} > ${nameOf(to)} ${IpProtocol} ${ports}`;
}

function nameOf(id: unknown): string {
  const { groups } = stack.network;
  const found = GROUPS.find((name) => JSON.stringify(stack.resolve(groups[name].securityGroupId)) === JSON.stringify(id));
  return found ?? JSON.stringify(id);
}

/** https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-man-sec-groups.html: what EMR looks for in groups of one's own. */
const WANTED_BY_EMR = [
  ...['tcp 0-65535', 'udp 0-65535', 'icmp all'].flatMap((all) => [
    `emrPrimary > emrPrimary ${all}`,
    `emrCore > emrPrimary ${all}`,
    `emrPrimary > emrCore ${all}`,
    `emrCore > emrCore ${all}`,
  ]),
  'emrService > emrPrimary tcp 8443',
  'emrService > emrCore tcp 8443',
  'emrPrimary > emrService tcp 9443',
];

const ALLOWED = [
  ...WANTED_BY_EMR,
  // Pollers of Lambda's event sources stand in the brokers' group.
  'kafka > kafka tcp 9098',
  'emrPrimary > kafka tcp 9098',
  'emrCore > kafka tcp 9098',
  'functions > kafka tcp 9098',
  'warehouse > kafka tcp 9098',
  'emrPrimary > endpoints tcp 443',
  'emrCore > endpoints tcp 443',
  'functions > endpoints tcp 443',
  'warehouse > endpoints tcp 443',
].sort();

describe('security groups', () => {
  test('let in who may speak, and nobody else', () => {
    expect(ingress.map(({ Properties }) => spoken(Properties.SourceSecurityGroupId, Properties.GroupId, Properties)).sort()).toEqual(
      ALLOWED,
    );
  });

  test('let out to whom one may speak, and to S3', () => {
    const toGroups = egress.filter(({ Properties }) => Properties.CidrIp === undefined);
    expect(toGroups.map(({ Properties }) => spoken(Properties.GroupId, Properties.DestinationSecurityGroupId, Properties)).sort()).toEqual(
      ALLOWED,
    );
    const toAddresses = egress.filter(({ Properties }) => Properties.CidrIp !== undefined);
    expect(toAddresses.map(({ Properties }) => spoken(Properties.GroupId, Properties.CidrIp, Properties)).sort()).toEqual(
      ['emrCore', 'emrPrimary', 'functions', 'warehouse'].map((from) => `${from} > "0.0.0.0/0" tcp 443`),
    );
  });

  test('have no rule within themselves but the one that lets nothing out', () => {
    const groups = Object.values(templateOf(stack).findResources('AWS::EC2::SecurityGroup'));
    expect(groups).toHaveLength(GROUPS.length);
    for (const { Properties } of groups as { Properties: Record<string, unknown> }[]) {
      expect(Properties['SecurityGroupIngress']).toBeUndefined();
      expect(Properties['SecurityGroupEgress']).toEqual([expect.objectContaining({ CidrIp: '255.255.255.255/32' })]);
    }
  });

  test('say what they and their rules are for, in the letters that EC2 takes', () => {
    const groups = Object.values(templateOf(stack).findResources('AWS::EC2::SecurityGroup')) as {
      Properties: { GroupDescription: string };
    }[];
    const descriptions = [
      ...groups.map(({ Properties }) => Properties.GroupDescription),
      ...[...ingress, ...egress].map(({ Properties }) => Properties.Description),
    ];
    for (const each of descriptions) expect(each).toMatch(/^[\w .:/()#,@[\]+=&;{}!$*-]{5,255}$/);
  });

  test('carry the tag of EMR where they are EMR’s, and only there', () => {
    const { groups } = stack.network;
    const tagged = Object.entries(templateOf(stack).findResources('AWS::EC2::SecurityGroup'))
      .filter(([, { Properties }]) =>
        (Properties as { Tags: { Key: string; Value: string }[] }).Tags.some(({ Key, Value }) => Key === EMR_TAG && Value === 'true'),
      )
      .map(([id]) => nameOf({ 'Fn::GetAtt': [id, 'GroupId'] }));
    expect(tagged).toEqual(['emrPrimary', 'emrCore', 'emrService']);
    expect(groups.emr).toEqual([groups.emrPrimary, groups.emrCore, groups.emrService]);
  });

  test('outlive their rules and the cleanup, in that order, when all is deleted', () => {
    const cleanups = templateOf(stack).findResources('Custom::SecurityGroupCleanup', { Properties: { When: 'deleted' } });
    const [id, cleanup] = Object.entries(cleanups)[0] as [string, { Properties: { SecurityGroupIds: unknown[] } }];
    for (const { DependsOn } of [...ingress, ...egress]) expect(DependsOn).toContain(id);
    expect(cleanup.Properties.SecurityGroupIds.map(nameOf)).toEqual(['emrPrimary', 'emrCore', 'emrService']);
  });
});
