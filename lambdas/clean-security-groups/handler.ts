import {
  DeleteVpcEndpointsCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcEndpointsCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type EC2Client,
  type VpcEndpoint,
} from '@aws-sdk/client-ec2';
import * as z from 'zod';
import type { Work } from '../shared/custom-resource.ts';

const propertiesSchema = z.object({
  When: z.enum(['created', 'deleted']),
  SecurityGroupIds: z.array(z.string().min(1)).min(1),
  /** Where EMR may have made its endpoint. */
  VpcId: z.string().min(1).optional(),
});

/** Name of the endpoint that EMR makes, by its service policy. */
const EMR_ENDPOINT = 'emr-service-vpce';
const POLL_MS = 5_000;
/** Kept for the answer to CloudFormation. */
const RESERVE_MS = 20_000;

export interface Dependencies {
  readonly ec2: Pick<EC2Client, 'send'>;
  readonly pause: (milliseconds: number) => Promise<unknown>;
}

/** Revokes whatever rules the groups have when the resource is made or when it goes, and deletes the endpoint that EMR made in the VPC. */
export function cleanSecurityGroups({ ec2, pause }: Dependencies): Work {
  return async (event, context) => {
    const { When, SecurityGroupIds, VpcId } = propertiesSchema.parse(event.ResourceProperties);
    if ((When === 'deleted') === (event.RequestType === 'Delete')) {
      await revokeRules(ec2, SecurityGroupIds);
      if (VpcId) await deleteEndpoints(VpcId, () => context.getRemainingTimeInMillis() - RESERVE_MS);
    }
    // Other groups are another resource: CloudFormation then has the former ones cleaned.
    return { physicalId: SecurityGroupIds.join(',') };
  };

  /** Waits until they are gone: till then they hold their subnets and groups. */
  async function deleteEndpoints(vpcId: string, millisecondsLeft: () => number): Promise<void> {
    const requested = new Set<string>();
    for (;;) {
      const left = await endpointsOf(ec2, vpcId);
      if (left.length === 0) return;
      const ids = left.map(({ VpcEndpointId }) => VpcEndpointId!).filter((id) => !requested.has(id));
      if (ids.length > 0) await requestDeletion(ec2, ids);
      for (const id of ids) requested.add(id);
      if (millisecondsLeft() < POLL_MS) throw new Error(`endpoints that EMR made must be gone by now, got ${[...requested].join(', ')}`);
      await pause(POLL_MS);
    }
  }
}

async function revokeRules(ec2: Pick<EC2Client, 'send'>, ids: readonly string[]): Promise<void> {
  // A filter, unlike a list of ids, does not fail for a group that is gone.
  const Filters = [{ Name: 'group-id', Values: [...ids] }];
  const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
  for (const { GroupId, IpPermissions = [], IpPermissionsEgress = [] } of SecurityGroups) {
    if (IpPermissions.length > 0) await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    if (IpPermissionsEgress.length > 0)
      await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: IpPermissionsEgress }));
  }
}

async function endpointsOf(ec2: Pick<EC2Client, 'send'>, vpcId: string): Promise<VpcEndpoint[]> {
  const Filters = [
    { Name: 'vpc-id', Values: [vpcId] },
    { Name: 'tag:Name', Values: [EMR_ENDPOINT] },
  ];
  const { VpcEndpoints = [] } = await ec2.send(new DescribeVpcEndpointsCommand({ Filters }));
  return VpcEndpoints.filter(({ State }) => State?.toLowerCase() !== 'deleted');
}

/** The call succeeds even where it refuses endpoints: these are in its answer. */
async function requestDeletion(ec2: Pick<EC2Client, 'send'>, ids: string[]): Promise<void> {
  const { Unsuccessful = [] } = await ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: ids }));
  const refused = Unsuccessful.map(({ ResourceId, Error: reason }) => `${ResourceId}: ${reason?.Message}`);
  if (refused.length > 0) throw new Error(`endpoints that EMR made must be deletable, got ${refused.join('; ')}`);
}
