import { EMRClient } from '@aws-sdk/client-emr';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { customResource } from '../shared/custom-resource.ts';
import { makeExecutionHandler, makeTeardown, type ExecutionEnded } from './handler.ts';
import { awsServices } from './services.ts';

const services = awsServices(new EMRClient(), new SFNClient());
const teardown = customResource(makeTeardown(services));
const executionEnded = makeExecutionHandler(services);

/** Called by CloudFormation for the resource, and by EventBridge when an execution ends. */
export const handler = (event: CloudFormationCustomResourceEvent | ExecutionEnded, context: Context) =>
  'RequestType' in event ? teardown(event, context) : executionEnded(event);
