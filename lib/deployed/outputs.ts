import { DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { UsageError } from '../cli/failures.ts';
import { OUTPUTS, stackName, type StackName } from '../outputs.ts';
import type { Deployed } from './aws.ts';

type WithOutputs = keyof typeof OUTPUTS;

/** Name of a stack's output: what its value means, not how CloudFormation calls it. */
export type OutputOf<S extends WithOutputs> = keyof (typeof OUTPUTS)[S];

/** A stack as it is deployed. @returns undefined where it is not */
export async function deployedStack({ cloudFormation, environment }: Deployed, stack: StackName): Promise<Stack | undefined> {
  const name = stackName(environment, stack);
  try {
    return (await cloudFormation.send(new DescribeStacksCommand({ StackName: name }))).Stacks?.[0];
  } catch (error) {
    // There is no error of its own for it.
    if (error instanceof Error && error.name === 'ValidationError' && error.message.includes('does not exist')) return undefined;
    throw error;
  }
}

/**
 * The value of one output.
 * @throws UsageError that says how to deploy, where stack or output is not there
 */
export async function output<S extends WithOutputs>(deployed: Deployed, stack: S, key: OutputOf<S>): Promise<string> {
  const value = await optionalOutput(deployed, stack, key);
  if (value === undefined) {
    const name = OUTPUTS[stack][key] as string;
    throw new UsageError(
      `stack ${stackName(deployed.environment, stack)} must have the output ${name}, got none: update it (${deployCommand(deployed)})`,
    );
  }
  return value;
}

/** As {@link output}, of one that not every environment has. */
export async function optionalOutput<S extends WithOutputs>(deployed: Deployed, stack: S, key: OutputOf<S>): Promise<string | undefined> {
  const found = await deployedStack(deployed, stack);
  if (!found || found.StackStatus === 'DELETE_IN_PROGRESS' || found.StackStatus === 'REVIEW_IN_PROGRESS')
    throw new UsageError(
      `stack ${stackName(deployed.environment, stack)} must be deployed in ${deployed.region}, got ` +
        `${found ? found.StackStatus : 'none'}: ${deployCommand(deployed)}, or set AWS_REGION and AWS_PROFILE to where it is`,
    );
  const name = OUTPUTS[stack][key] as string;
  return found.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue;
}

export function deployCommand({ environment }: Pick<Deployed, 'environment'>): string {
  return `npx cdk deploy '${environment}/**'`;
}
