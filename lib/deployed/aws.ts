import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EMRClient } from '@aws-sdk/client-emr';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { UsageError } from '../cli/failures.ts';
import { environment, ENVIRONMENTS } from '../environments.ts';

/** A deployed environment: its name, and AWS as the caller's credentials open it. */
export interface Deployed {
  readonly environment: string;
  readonly region: string;
  readonly cloudFormation: CloudFormationClient;
  readonly stepFunctions: SFNClient;
  readonly s3: S3Client;
  readonly emr: EMRClient;
  readonly cloudWatch: CloudWatchClient;
}

/**
 * Opens the environment `name`; nothing is called yet.
 * @throws UsageError where there is no such environment, or no region to look for it in
 */
export async function openDeployed(name: string): Promise<Deployed> {
  if (!ENVIRONMENTS.some((each) => each.name === name))
    throw new UsageError(`--env must be one of ${ENVIRONMENTS.map((each) => each.name).join(', ')}, got ${name}`);
  // It is about versions to come, and the one here is pinned.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const { region: own } = environment(name);
  const settings = own ? { region: own } : {};
  const cloudFormation = new CloudFormationClient(settings);
  const region = await cloudFormation.config.region().catch(() => {
    throw new UsageError('region must be known, got none: set AWS_REGION, or a region in the AWS profile (`aws configure`)');
  });
  return {
    environment: name,
    region,
    cloudFormation,
    stepFunctions: new SFNClient(settings),
    s3: new S3Client(settings),
    emr: new EMRClient(settings),
    cloudWatch: new CloudWatchClient(settings),
  };
}
