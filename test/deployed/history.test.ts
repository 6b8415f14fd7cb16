import { expect, test } from 'vitest';
import { failedState, stateRuns } from '../../lib/deployed/history.ts';
import { emrStep } from '../../lib/deployed/emr-step.ts';
import { emrStepRequest, History } from './fake-aws.ts';

test('states are told in the order they were entered, with their ends', () => {
  const runs = stateRuns(new History().step('ingest', 90).step('maintain', 30).enter('features').events);
  expect(runs.map(({ name, exitedAt }) => [name, exitedAt !== undefined])).toEqual([
    ['ingest', true],
    ['maintain', true],
    ['features', false],
  ]);
  expect(runs[0]!.exitedAt!.getTime() - runs[0]!.enteredAt.getTime()).toBe(90_000);
});

test('a step is known by its cluster and id as soon as EMR has taken it', () => {
  const history = new History().enter('train').schedule(emrStepRequest('train'));
  expect(emrStep(stateRuns(history.events)[0]!)).toBeUndefined();
  history.submitted({ StepId: 's-1234', SdkHttpMetadata: { HttpStatusCode: 200 } });
  expect(emrStep(stateRuns(history.events)[0]!)).toEqual({ clusterId: 'j-2AXXXXXXGAPLF', stepId: 's-1234' });
});

test('a try that fails and is followed by one that goes well is no failure', () => {
  const history = new History().enter('ingest').schedule(emrStepRequest('ingest')).failed('States.TaskFailed', 'first');
  expect(stateRuns(history.events)[0]).toMatchObject({ attempts: 1, failure: { cause: 'first' } });
  history.schedule(emrStepRequest('ingest')).submitted({ StepId: 's-2' }).succeeded({}).exit('ingest');
  const [ingest] = stateRuns(history.events);
  expect(ingest).toMatchObject({ attempts: 2 });
  expect(ingest!.failure).toBeUndefined();
});

test('of a failure that is caught, the state that failed is told, not the one that cleans up and fails too', () => {
  const history = new History().step('ingest').enter('train').schedule(emrStepRequest('train')).failed('States.TaskFailed', 'no rows');
  history.exit('train').enter('Terminate').schedule({}, 'terminateCluster').failed('EMR.Exception', 'no such cluster').exit('Terminate');
  const failed = failedState(stateRuns(history.events));
  expect(failed).toMatchObject({ name: 'train', failure: { error: 'States.TaskFailed', cause: 'no rows' } });
});

test('what happens in branches side by side is kept apart', () => {
  const time = new Date(0);
  const enter = (id: number, previousEventId: number, name: string) => ({
    id,
    previousEventId,
    timestamp: time,
    type: 'TaskStateEntered' as const,
    stateEnteredEventDetails: { name },
  });
  const scheduled = (id: number, previousEventId: number) => ({
    id,
    previousEventId,
    timestamp: time,
    type: 'TaskScheduled' as const,
    taskScheduledEventDetails: { resource: 'invoke', resourceType: 'lambda', region: 'r', parameters: '{}' },
  });
  const failed = { error: 'E', cause: 'of the first', resource: 'invoke', resourceType: 'lambda' };
  const runs = stateRuns([
    enter(1, 0, 'first'),
    enter(2, 0, 'second'),
    scheduled(3, 1),
    scheduled(4, 2),
    { id: 5, previousEventId: 3, timestamp: time, type: 'TaskFailed', taskFailedEventDetails: failed },
  ]);
  expect(runs.map(({ name, failure }) => [name, failure?.cause])).toEqual([
    ['first', 'of the first'],
    ['second', undefined],
  ]);
});

test('an emulator that does not say which event came before is understood as well', () => {
  const { events } = new History().enter('load').schedule({}, 'batchExecuteStatement').failed('Redshift', 'no such table');
  const runs = stateRuns(events.map(({ previousEventId: _, ...event }) => event));
  expect(runs[0]).toMatchObject({ name: 'load', failure: { cause: 'no such table' } });
});
