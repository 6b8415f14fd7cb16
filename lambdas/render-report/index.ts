import { RedshiftDataClient } from '@aws-sdk/client-redshift-data';
import { S3Client } from '@aws-sdk/client-s3';
import { required } from '../shared/environment.ts';
import { openDataApi } from '../shared/redshift.ts';
import { makeHandler } from './handler.ts';
import { s3Storage } from './storage.ts';

/** A paused warehouse takes a while to come up; all queries together must be done before the function's time is up. */
const QUERY_DEADLINE_MS = 2 * 60 * 1000;

export const handler = makeHandler({
  warehouse: openDataApi({
    client: new RedshiftDataClient(),
    workgroup: required('WORKGROUP'),
    database: required('DATABASE'),
    deadlineMs: QUERY_DEADLINE_MS,
  }),
  ...s3Storage(new S3Client()),
  models: required('MODELS'),
  results: required('RESULTS'),
  reports: required('REPORTS'),
  engine: 'Redshift Serverless',
});
