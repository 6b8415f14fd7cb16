import {
  DeleteVpcEndpointsCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcEndpointsCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type EC2Client,
  type Filter,
  type IpPermission,
} from '@aws-sdk/client-ec2';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { expect, test } from 'vitest';
import { cleanSecurityGroups } from '../../../lambdas/clean-security-groups/handler.ts';

interface Group {
  ingress: IpPermission[];
  egress: IpPermission[];
}

interface Endpoint {
  readonly id: string;
  readonly vpc: string;
  readonly name: string;
  /** Looks till it is gone, from its deletion on. */
  looks: number;
  deleting?: boolean;
}

/** EC2 with these groups and endpoints; like AWS it refuses to revoke nothing, and to list what is not there by its id. */
class FakeEc2 {
  readonly deletions: string[][] = [];
  refusal: string | undefined;

  constructor(
    readonly groups: Record<string, Group>,
    public endpoints: Endpoint[] = [],
  ) {}

  get client(): Pick<EC2Client, 'send'> {
    // The client's `send` has as many signatures as EC2 has calls.
    return { send: (command: unknown) => Promise.resolve(this.answer(command)) };
  }

  private answer(command: unknown): object {
    if (command instanceof DescribeSecurityGroupsCommand) {
      const ids = valuesOf(command.input.Filters, 'group-id').filter((id) => id in this.groups);
      return {
        SecurityGroups: ids.map((GroupId) => ({
          GroupId,
          IpPermissions: this.groups[GroupId]!.ingress,
          IpPermissionsEgress: this.groups[GroupId]!.egress,
        })),
      };
    }
    if (command instanceof RevokeSecurityGroupIngressCommand) return this.revoke('ingress', command.input);
    if (command instanceof RevokeSecurityGroupEgressCommand) return this.revoke('egress', command.input);
    if (command instanceof DescribeVpcEndpointsCommand) {
      for (const each of this.endpoints) if (each.deleting) each.looks -= 1;
      this.endpoints = this.endpoints.filter(({ looks }) => looks > 0);
      const [vpcs, names] = [valuesOf(command.input.Filters, 'vpc-id'), valuesOf(command.input.Filters, 'tag:Name')];
      const found = this.endpoints.filter(({ vpc, name }) => vpcs.includes(vpc) && names.includes(name));
      return { VpcEndpoints: found.map(({ id, deleting }) => ({ VpcEndpointId: id, State: deleting ? 'deleting' : 'available' })) };
    }
    if (command instanceof DeleteVpcEndpointsCommand) {
      const ids = command.input.VpcEndpointIds!;
      this.deletions.push(ids);
      if (this.refusal) return { Unsuccessful: ids.map((ResourceId) => ({ ResourceId, Error: { Message: this.refusal } })) };
      for (const each of this.endpoints) if (ids.includes(each.id)) each.deleting = true;
      return { Unsuccessful: [] };
    }
    throw new Error(`call must be one of the five, got ${String(command)}`);
  }

  private revoke(
    way: keyof Group,
    { GroupId, IpPermissions = [] }: { GroupId?: string | undefined; IpPermissions?: IpPermission[] | undefined },
  ): object {
    if (IpPermissions.length === 0) throw new Error('MissingParameter');
    const group = this.groups[GroupId!]!;
    group[way] = group[way].filter((rule) => !IpPermissions.includes(rule));
    return {};
  }
}

function valuesOf(filters: Filter[] | undefined, name: string): string[] {
  return filters?.find(({ Name }) => Name === name)?.Values ?? [];
}

const rule = (port: number): IpPermission => ({ IpProtocol: 'tcp', FromPort: port, ToPort: port });
const emrGroups = (): Record<string, Group> => ({
  'sg-primary': { ingress: [rule(8443), rule(22)], egress: [rule(443)] },
  'sg-core': { ingress: [], egress: [] },
  'sg-other': { ingress: [rule(5439)], egress: [rule(443)] },
});
const deleted = { When: 'deleted', SecurityGroupIds: ['sg-primary', 'sg-core'], VpcId: 'vpc-1' };

interface Call {
  readonly request: 'Create' | 'Update' | 'Delete';
  readonly properties: object;
  readonly secondsLeft?: number;
}

/** Time goes by only while it pauses. */
function run(ec2: FakeEc2, { request, properties, secondsLeft = 600 }: Call) {
  let left = secondsLeft * 1_000;
  const work = cleanSecurityGroups({ ec2: ec2.client, pause: (milliseconds) => Promise.resolve((left -= milliseconds)) });
  const event = { RequestType: request, ResourceProperties: { ServiceToken: 'arn', ...properties } };
  return work(event as unknown as CloudFormationCustomResourceEvent, { getRemainingTimeInMillis: () => left });
}

test('revokes every rule of the groups when the resource goes, and of no others', async () => {
  const ec2 = new FakeEc2(emrGroups());
  await run(ec2, { request: 'Delete', properties: deleted });
  expect(ec2.groups).toEqual({
    'sg-primary': { ingress: [], egress: [] },
    'sg-core': { ingress: [], egress: [] },
    'sg-other': emrGroups()['sg-other'],
  });
});

test.each(['Create', 'Update'] as const)('leaves the groups of EMR alone on %s: a cluster may be running in them', async (request) => {
  const ec2 = new FakeEc2(emrGroups(), [{ id: 'vpce-1', vpc: 'vpc-1', name: 'emr-service-vpce', looks: 1 }]);
  await run(ec2, { request, properties: deleted });
  expect(ec2.groups).toEqual(emrGroups());
  expect(ec2.deletions).toEqual([]);
});

test.each([
  ['Create', []],
  ['Update', []],
  ['Delete', [rule(22)]],
] as const)('clears the default group when it is made, not when it goes: %s', async (request, left) => {
  const ec2 = new FakeEc2({ 'sg-default': { ingress: [rule(22)], egress: [] } });
  await run(ec2, { request, properties: { When: 'created', SecurityGroupIds: ['sg-default'] } });
  expect(ec2.groups['sg-default']!.ingress).toEqual(left);
});

test('succeeds where a group is gone already', async () => {
  await expect(run(new FakeEc2({}), { request: 'Delete', properties: deleted })).resolves.toEqual({ physicalId: 'sg-primary,sg-core' });
});

test('deletes the endpoint that EMR made in this VPC, and waits until it is gone', async () => {
  const others = [
    { id: 'vpce-other-vpc', vpc: 'vpc-2', name: 'emr-service-vpce', looks: 1 },
    { id: 'vpce-ours', vpc: 'vpc-1', name: 'glue', looks: 1 },
  ];
  const ec2 = new FakeEc2(emrGroups(), [{ id: 'vpce-emr', vpc: 'vpc-1', name: 'emr-service-vpce', looks: 3 }, ...others]);
  await run(ec2, { request: 'Delete', properties: deleted });
  expect(ec2.deletions).toEqual([['vpce-emr']]);
  expect(ec2.endpoints).toEqual(others);
});

test('fails when the endpoint is still there as its time runs out', async () => {
  const ec2 = new FakeEc2(emrGroups(), [{ id: 'vpce-emr', vpc: 'vpc-1', name: 'emr-service-vpce', looks: 1_000 }]);
  await expect(run(ec2, { request: 'Delete', properties: deleted, secondsLeft: 60 })).rejects.toThrow(
    'endpoints that EMR made must be gone by now, got vpce-emr',
  );
});

test('fails when AWS refuses to delete the endpoint', async () => {
  const ec2 = new FakeEc2(emrGroups(), [{ id: 'vpce-emr', vpc: 'vpc-1', name: 'emr-service-vpce', looks: 1 }]);
  ec2.refusal = 'not authorized';
  await expect(run(ec2, { request: 'Delete', properties: deleted })).rejects.toThrow(
    'endpoints that EMR made must be deletable, got vpce-emr: not authorized',
  );
});

test('other groups are another resource, so that CloudFormation has the former ones cleaned', async () => {
  const ec2 = new FakeEc2(emrGroups());
  const former = await run(ec2, { request: 'Create', properties: deleted });
  const next = await run(ec2, { request: 'Update', properties: { ...deleted, SecurityGroupIds: ['sg-new'] } });
  expect(next.physicalId).not.toBe(former.physicalId);
});
