import { GetBootstrapBrokersCommand, type KafkaClient } from '@aws-sdk/client-kafka';
import * as z from 'zod';
import type { Work } from '../shared/custom-resource.ts';

const propertiesSchema = z.object({ ClusterArn: z.string().min(1) });

/** Custom resource with the attribute `Brokers`: the addresses by which clients that sign in by IAM reach a cluster. There is nothing to delete. */
export function findBrokers(client: Pick<KafkaClient, 'send'>): Work {
  return async (event) => {
    const { ClusterArn } = propertiesSchema.parse(event.ResourceProperties);
    if (event.RequestType === 'Delete') return { physicalId: event.PhysicalResourceId };
    const { BootstrapBrokerStringSaslIam: brokers } = await client.send(new GetBootstrapBrokersCommand({ ClusterArn }));
    if (!brokers) throw new Error(`cluster must have brokers that take IAM, got none of ${ClusterArn}`);
    // One order whatever AWS answers: an address list that only changed places must not change the functions that have it.
    return { physicalId: ClusterArn, data: { Brokers: brokers.split(',').sort().join(',') } };
  };
}
