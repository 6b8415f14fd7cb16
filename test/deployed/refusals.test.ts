import { expect, test } from 'vitest';
import { UsageError } from '../../lib/cli/failures.ts';
import { refusal } from '../../lib/deployed/refusals.ts';
import { serviceError } from './fake-aws.ts';

const named = (name: string, message = '') => Object.assign(new Error(message), { name });

test.each([
  { error: named('CredentialsProviderError', 'Could not load credentials from any providers'), says: 'got none: sign in' },
  { error: serviceError('ExpiredTokenException', 'The security token included in the request is expired'), says: 'got expired ones' },
  { error: serviceError('ExpiredToken', 'The security token included in the request is expired'), says: 'got expired ones' },
  { error: named('CredentialsProviderError', 'Token is expired. To refresh this SSO session run aws sso login'), says: 'got expired ones' },
  { error: serviceError('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist'), says: 'must be ones that it knows' },
  {
    error: serviceError(
      'AccessDeniedException',
      'User: arn:aws:iam::1:user/ann is not authorized to perform: states:StartExecution on resource: arn:aws:states:eu-central-1:1:stateMachine:x because no identity-based policy allows it',
    ),
    says: 'permission must be there for states:StartExecution on arn:aws:states:eu-central-1:1:stateMachine:x,',
  },
  { error: serviceError('AccessDenied', 'Access Denied'), says: 'AWS says: Access Denied' },
  { error: Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }), says: 'AWS must be reachable, got ENOTFOUND' },
  {
    error: new Error('warehouse statement was refused: …', {
      cause: serviceError('AccessDeniedException', 'x is not authorized to perform: redshift-data:ExecuteStatement on resource: y'),
    }),
    says: 'redshift-data:ExecuteStatement on y',
  },
])('$says', ({ error, says }) => {
  const told = refusal(error);
  expect(told).toBeInstanceOf(UsageError);
  expect((told as Error).message).toContain(says);
  expect((told as Error).message).not.toContain('\n');
});

test('what is our own fault keeps its stack', () => {
  const error = new TypeError('x is not a function');
  expect(refusal(error)).toBe(error);
});
