import { RedshiftDataClient } from '@aws-sdk/client-redshift-data';
import { S3Client } from '@aws-sdk/client-s3';
import { required } from '../shared/environment.ts';
import { openDataApi } from '../shared/redshift.ts';
import { makeLambda } from './lambda.ts';

/** Shorter than the time that the function keeps for it. */
const QUERY_DEADLINE_MS = 2 * 60 * 1000;

export const handler = makeLambda({
  s3: new S3Client(),
  warehouse: openDataApi({
    client: new RedshiftDataClient(),
    workgroup: required('WORKGROUP'),
    database: required('DATABASE'),
    deadlineMs: QUERY_DEADLINE_MS,
  }),
  staged: required('STAGED'),
});
