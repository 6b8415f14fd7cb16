import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { expect, test } from 'vitest';
import { awsPoliciesOf, statementsOf } from '../support/policies.ts';
import { testStage } from '../support/stacks.ts';

test('the report may read models and results, write reports, and ask the warehouse; nothing else', () => {
  const { pipelines } = testStage('dev');
  const role = ['Report', 'FunctionRole'].reduce<IConstruct>((scope, id) => scope.node.findChild(id), pipelines) as IRole;
  const statements = statementsOf(pipelines, role);
  const actions = statements.flatMap(({ Action }) => Action).filter((action) => !action.startsWith('kms:') && action !== 's3:ListBucket');
  expect([...new Set(actions)].sort()).toEqual(
    [
      ...['logs:CreateLogStream', 'logs:PutLogEvents'],
      ...['redshift-data:BatchExecuteStatement', 'redshift-data:ExecuteStatement', 'redshift-serverless:GetCredentials'],
      ...['redshift-data:CancelStatement', 'redshift-data:DescribeStatement', 'redshift-data:GetStatementResult'],
      ...[
        's3:AbortMultipartUpload',
        's3:DeleteObject',
        's3:GetObject',
        's3:ListBucketMultipartUploads',
        's3:ListMultipartUploadParts',
        's3:PutObject',
      ],
    ].sort(),
  );
  const objects = JSON.stringify(
    statements.filter(({ Action }) => [Action].flat().includes('s3:GetObject')).map(({ Resource }) => Resource),
  );
  expect(objects.match(/\/\w+\/\*/g)?.sort()).toEqual(['/models/*', '/reports/*', '/results/*']);
  expect(awsPoliciesOf(pipelines, role)).toEqual([]);
});
