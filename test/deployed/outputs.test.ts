import { expect, test } from 'vitest';
import { output, optionalOutput } from '../../lib/deployed/outputs.ts';
import { fakeDeployed, serviceError, stacks } from './fake-aws.ts';

test('a part is found by the output of its stack', async () => {
  const { deployed, calls } = fakeDeployed(stacks({ lake: { RawBucket: 'raw', ArtifactsBucket: 'artifacts' } }));
  expect(await output(deployed, 'lake', 'rawBucket')).toBe('raw');
  expect(calls).toEqual([{ operation: 'DescribeStacks', input: { StackName: 'millrace-dev-lake' } }]);
});

test('fails when the stack is not deployed, and says how to deploy it and where it was looked for', async () => {
  const { deployed } = fakeDeployed(stacks({}));
  await expect(output(deployed, 'pipelines', 'churn')).rejects.toThrow(
    "stack millrace-dev-pipelines must be deployed in eu-central-1, got none: npx cdk deploy 'dev/**', or set AWS_REGION",
  );
});

test('fails when the stack is older than the output', async () => {
  const { deployed } = fakeDeployed(stacks({ pipelines: {} }));
  await expect(output(deployed, 'pipelines', 'churn')).rejects.toThrow('must have the output ChurnStateMachineArn, got none: update it');
  expect(await optionalOutput(deployed, 'pipelines', 'churn')).toBeUndefined();
});

test('another refusal of CloudFormation is not taken for a missing stack', async () => {
  const refused = serviceError('ValidationError', '1 validation error detected');
  const { deployed } = fakeDeployed({
    DescribeStacks: () => {
      throw refused;
    },
  });
  await expect(output(deployed, 'lake', 'rawBucket')).rejects.toBe(refused);
});
