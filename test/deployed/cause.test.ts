import { expect, test } from 'vitest';
import { readableCause } from '../../lib/deployed/cause.ts';

const step = (Status: object) => JSON.stringify({ Step: { Id: 's-1', Name: 'churn-train', Status } });

test.each([
  { name: 'plain text', cause: 'The cluster is gone.', says: 'The cluster is gone.' },
  {
    name: 'a Lambda that threw',
    cause: '{"errorType":"InputError","errorMessage":"source must be a1","trace":["at x"]}',
    says: 'source must be a1',
  },
  {
    name: 'a step of EMR',
    cause: step({ State: 'FAILED', FailureDetails: { Reason: 'Unknown Error.', Message: 'exit code 1' } }),
    says: 'exit code 1',
  },
  {
    name: 'a step that EMR knows nothing of',
    cause: step({ State: 'CANCELLED', FailureDetails: {} }),
    says: 'EMR says CANCELLED and no more',
  },
  {
    name: 'a cluster that did not start',
    cause: JSON.stringify({ Cluster: { Status: { State: 'TERMINATED_WITH_ERRORS', StateChangeReason: { Message: 'no capacity' } } } }),
    says: 'no capacity',
  },
  {
    name: 'an execution within an execution',
    cause: JSON.stringify({ Status: 'FAILED', Cause: '{"errorMessage":"object must exist"}', Error: 'InputError' }),
    says: 'object must exist',
  },
  { name: 'JSON of another shape', cause: '{"a":1}', says: '{"a":1}' },
])('of $name, what a person reads', ({ cause, says }) => {
  expect(readableCause(cause)).toBe(says);
});
