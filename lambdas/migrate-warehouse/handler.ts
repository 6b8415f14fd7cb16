import * as z from 'zod';
import { contract } from '../../lib/contracts/index.ts';
import { PIPELINES } from '../../lib/pipelines/index.ts';
import type { Work } from '../shared/custom-resource.ts';
import type { DataApi } from '../shared/redshift.ts';
import { addLoader } from './loader.ts';
import { migrate } from './migrate.ts';

const schemaProperties = z.object({
  Region: z.string().min(1),
  LakeDatabase: z.string().min(1),
  LakeRole: z.string().min(1),
  Brokers: z.string().min(1),
  StreamRole: z.string().min(1),
  // CloudFormation hands everything over as text.
  AutoRefresh: z.enum(['true', 'false']),
  Streams: z.array(z.object({ Topic: z.string().min(1), Contract: z.string().min(1) })),
});
const loaderProperties = z.object({ RoleName: z.string().min(1) });

/**
 * Two custom resources of the warehouse. `Custom::WarehouseSchema` brings the schema up to the contracts and migrations;
 * `Custom::WarehouseLoader` lets an IAM role replace rows. Deleting either does nothing: the namespace goes, or keeps its data.
 */
export function migrateWarehouse(warehouse: DataApi): Work {
  return async (event) => {
    if (event.RequestType === 'Delete') return { physicalId: event.PhysicalResourceId };
    switch (event.ResourceType) {
      case 'Custom::WarehouseSchema': {
        const properties = schemaProperties.parse(event.ResourceProperties);
        await migrate(
          warehouse,
          PIPELINES.flatMap(({ tables, workTables = [] }) => [...tables, ...workTables]),
          {
            region: properties.Region,
            lakeDatabase: properties.LakeDatabase,
            lakeRole: properties.LakeRole,
            brokers: properties.Brokers,
            streamRole: properties.StreamRole,
            autoRefresh: properties.AutoRefresh === 'true',
            streams: properties.Streams.map(({ Topic, Contract }) => ({ topic: Topic, dataset: contract(Contract) })),
          },
        );
        return { physicalId: 'schema' };
      }
      case 'Custom::WarehouseLoader': {
        // How Redshift calls whoever signs in by an IAM role.
        const user = `IAMR:${loaderProperties.parse(event.ResourceProperties).RoleName}`;
        await addLoader(warehouse, user);
        return { physicalId: user };
      }
      default:
        throw new Error(`resource must be Custom::WarehouseSchema or Custom::WarehouseLoader, got ${event.ResourceType}`);
    }
  };
}
