import { expect, test } from 'vitest';
import { replayDefinition } from '../../../lib/constructs/state-machine/replay-definition.ts';

const { States, StartAt, TimeoutSeconds } = replayDefinition('arn:function');
const begin = States['Begin']!;
const send = States['Send']!;

test('a replay begins at the first record, with an object that a call names or that has landed', () => {
  expect(StartAt).toBe('Begin');
  expect(begin).toMatchObject({
    Type: 'Pass',
    Assign: {
      bucket: '{% $exists($states.input.detail) ? $states.input.detail.bucket.name : $states.input.bucket %}',
      key: '{% $exists($states.input.detail) ? $states.input.detail.object.key : $states.input.key %}',
      start: 1,
      source: null,
    },
    Next: 'Send',
  });
});

test('the function is called until it says that it is done, each time from where it was and for the same content', () => {
  expect(send).toMatchObject({
    Arguments: {
      FunctionName: 'arn:function',
      Payload: { bucket: '{% $bucket %}', key: '{% $key %}', start: '{% $start %}', source: '{% $source %}' },
    },
    Assign: { start: '{% $states.result.Payload.next %}', source: '{% $states.result.Payload.source %}' },
    Next: 'Sent to the end?',
  });
  expect(States['Sent to the end?']).toEqual({
    Type: 'Choice',
    Choices: [{ Condition: '{% $states.input.done %}', Next: 'Done' }],
    Default: 'Send',
  });
});

test('counts are summed over the calls, and are what it ends with', () => {
  const assigned = send['Assign'] as Record<string, string>;
  for (const count of ['read', 'produced', 'rejected']) {
    expect((begin['Assign'] as Record<string, unknown>)[count]).toBe(0);
    expect(assigned[count]).toBe(`{% $${count} + $states.result.Payload.${count} %}`);
    expect(States['Done']).toMatchObject({ Output: { [count]: `{% $${count} %}` } });
  }
});

test('every variable that is read has been assigned', () => {
  const assigned = Object.keys(begin['Assign'] as object);
  const read = JSON.stringify(States).matchAll(/\$([a-z]\w*)\b(?![\w(])/g);
  for (const [, name] of read) if (name !== 'states') expect(assigned).toContain(name);
});

test('a failed call is tried again, unless only who asked can mend it; one that must wait for others waits', () => {
  const retries = send['Retry'] as { ErrorEquals: string[]; MaxAttempts: number }[];
  expect(retries.map(({ ErrorEquals: [error], MaxAttempts }) => [error, MaxAttempts])).toEqual([
    ['InputError', 0],
    ['Lambda.TooManyRequestsException', 500],
    ['States.ALL', 5],
  ]);
  // A call of the function is over by then, and all of them together.
  expect(send['TimeoutSeconds']).toBeGreaterThan(900);
  expect(TimeoutSeconds).toBe(24 * 60 * 60);
});
