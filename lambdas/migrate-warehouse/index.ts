import { RedshiftDataClient } from '@aws-sdk/client-redshift-data';
import { customResource } from '../shared/custom-resource.ts';
import { openDataApi } from '../shared/redshift.ts';
import { required } from '../shared/environment.ts';
import { migrateWarehouse } from './handler.ts';

const client = new RedshiftDataClient({});

export const handler = customResource((event, context) =>
  migrateWarehouse(
    openDataApi({
      client,
      workgroup: required('WORKGROUP'),
      database: required('DATABASE'),
      secret: required('ADMIN_SECRET'),
      // Time is left to answer CloudFormation.
      deadlineMs: () => context.getRemainingTimeInMillis() - 20_000,
    }),
  )(event, context),
);
