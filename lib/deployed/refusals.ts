import { UsageError } from '../cli/failures.ts';

/** Names under which services of AWS say the same. */
const EXPIRED = ['ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'TokenRefreshRequired'];
const UNKNOWN_KEY = ['UnrecognizedClientException', 'InvalidClientTokenId', 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'AuthFailure'];
const DENIED = ['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'AuthorizationError', 'AuthorizationErrorException'];
const UNREACHABLE = ['ENOTFOUND', 'ECONNREFUSED', 'ETIMEDOUT', 'ECONNRESET', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];

/**
 * What AWS refuses because of who asks, or from where, as one line that says what to do.
 * Everything else is returned as it is: a bug of ours has its stack.
 */
export function refusal(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof UsageError) return error;
  // The warehouse's errors say first what was asked for.
  if (error.cause instanceof Error) {
    const inner = refusal(error.cause);
    if (inner instanceof UsageError) return inner;
  }
  const { name, message } = error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // The SDK's name for tokens of `aws sso login` that are out of date is the same as for none at all.
  if (EXPIRED.includes(name) || /token.*(expired|is invalid)|session.*expired/i.test(message))
    return new UsageError(`credentials of AWS must be valid, got expired ones: sign in again (\`aws sso login\`, or new keys) (${name})`);
  if (name === 'CredentialsProviderError')
    return new UsageError('credentials of AWS must be set, got none: sign in (`aws sso login`, `aws configure`) or set AWS_PROFILE');
  if (UNKNOWN_KEY.includes(name))
    return new UsageError(`credentials of AWS must be ones that it knows, got ${name}: check AWS_PROFILE and the keys`);
  if (DENIED.includes(name)) return new UsageError(deniedLine(message));
  if (UNREACHABLE.includes(code) || name === 'TimeoutError')
    return new UsageError(`AWS must be reachable, got ${code || name}: check the network and the region (AWS_REGION)`);
  return error;
}

/** AWS's own text names the action, and mostly the resource and why. */
function deniedLine(message: string): string {
  const action = /not authorized to perform: ([\w-]+:\w+)/.exec(message)?.[1];
  const resource = /on resource: (\S+)/.exec(message)?.[1];
  if (!action) return `permission must be there, AWS says: ${message}`;
  return `permission must be there for ${action}${resource ? ` on ${resource}` : ''}, got a refusal: ask whoever grants rights in the account`;
}
