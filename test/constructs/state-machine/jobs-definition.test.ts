import { describe, expect, test } from 'vitest';
import { jobsDefinition, type Job } from '../../../lib/constructs/state-machine/jobs-definition.ts';
import { path } from './parts.ts';

const PARTS = { workgroup: 'millrace-dev', database: 'millrace', stageFunction: 'arn:aws:lambda:eu-central-1:111122223333:function:stage' };
const JOBS: Record<string, Job> = {
  build: { kind: 'statements', statements: ['DELETE FROM a', 'INSERT INTO a SELECT 1'] },
  checks: { kind: 'query', query: 'SELECT 1' },
  stage: { kind: 'stage', dataset: 'events', from: 's3://raw/files/p/logs/', statements: ['COPY a', 'COPY b'] },
};
const { States, StartAt, TimeoutSeconds } = jobsDefinition('p', JOBS, PARTS);
const choices = (state: string) => States[state]!['Choices'] as { Condition: string; Next: string }[];
const begin = (job: string) => choices('Which job?').find(({ Condition }) => Condition.includes(`'${job}'`))!.Next;

test('the job that is asked for is done, and no other', () => {
  expect(path(States, StartAt)).toEqual(['Begin', 'Which job?', 'Unknown job']);
  expect(States['Unknown job']).toMatchObject({ Error: 'InputError', Cause: 'job must be one of build, checks, stage' });
  expect(choices('Which job?')).toEqual([
    { Condition: "{% $states.input.job = 'build' %}", Next: 'build' },
    { Condition: "{% $states.input.job = 'checks' %}", Next: 'checks' },
    { Condition: "{% $states.input.job = 'stage' %}", Next: 'stage: begin' },
  ]);
});

test('statements are one transaction, submitted once however often the call is made', () => {
  expect(States['build']).toMatchObject({
    Resource: 'arn:aws:states:::aws-sdk:redshiftdata:batchExecuteStatement',
    Arguments: {
      WorkgroupName: 'millrace-dev',
      Database: 'millrace',
      Sqls: ['DELETE FROM a', 'INSERT INTO a SELECT 1'],
      ClientToken: '{% $substring($states.context.Execution.Name, 0, 64) %}',
    },
  });
  expect(path(States, begin('build'), { 'Finished?': 'Done' })).toEqual(['build', 'Wait', 'Look', 'Finished?', 'Done']);
});

test('a query’s rows are read when it has finished, and are the output', () => {
  expect(States['checks']).toMatchObject({
    Resource: 'arn:aws:states:::aws-sdk:redshiftdata:executeStatement',
    Arguments: { Sql: 'SELECT 1' },
    Assign: { asked: true },
  });
  expect(path(States, 'Wait', { 'Finished?': 'Read the rows' })).toEqual(['Wait', 'Look', 'Finished?', 'Read the rows', 'Done']);
  expect(choices('Finished?')[0]).toEqual({ Condition: "{% $states.input.status = 'FINISHED' and $asked %}", Next: 'Read the rows' });
  expect(States['Read the rows']).toMatchObject({ Assign: { answer: { records: '{% $states.result.Records %}' } } });
  expect(States['Done']).toEqual({ Type: 'Succeed', Output: '{% $answer %}' });
});

describe('files', () => {
  test('are staged in as many calls as it takes, each with the last one’s answer', () => {
    expect(path(States, begin('stage')).slice(0, 3)).toEqual(['stage: begin', 'stage', 'stage: staged?']);
    const first = { dataset: 'events', from: 's3://raw/files/p/logs/' };
    expect(States['stage: begin']).toMatchObject({ Assign: { request: first } });
    expect(States['stage']).toMatchObject({
      Arguments: { FunctionName: PARTS.stageFunction, Payload: '{% $request %}' },
      Assign: { request: { ...first, soFar: '{% $states.result.Payload %}' } },
    });
    expect(choices('stage: staged?')[0]).toEqual({ Condition: '{% $not($states.input.done) %}', Next: 'stage' });
  });

  test('are loaded only when there are some that the warehouse does not hold', () => {
    expect(choices('stage: staged?')[1]).toEqual({ Condition: '{% $states.input.toLoad > 0 %}', Next: 'stage: load' });
    expect(States['stage: staged?']).toMatchObject({ Default: 'Done' });
    expect(States['stage: load']).toMatchObject({ Arguments: { Sqls: ['COPY a', 'COPY b'] }, Next: 'Wait' });
  });

  test('that the function cannot stage fail the job at once; Lambda’s own failures are tried again', () => {
    const errors = (States['stage']!['Retry'] as { ErrorEquals: string[] }[]).flatMap(({ ErrorEquals }) => ErrorEquals);
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) expect(error).toMatch(/^Lambda\./);
  });
});

describe('what was submitted', () => {
  test('is looked after until a deadline, and then cancelled', () => {
    expect(choices('Finished?').at(-1)).toEqual({ Condition: '{% $millis() > $deadline %}', Next: 'Cancel' });
    expect(States['Finished?']).toMatchObject({ Default: 'Wait' });
    expect(States['build']).toMatchObject({ Assign: { deadline: '{% $millis() + 3600000 %}' } });
    expect(States['Cancel']).toMatchObject({
      Resource: 'arn:aws:states:::aws-sdk:redshiftdata:cancelStatement',
      Arguments: { Id: '{% $statement %}' },
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Too late' }],
    });
    expect(path(States, 'Cancel')).toEqual(['Cancel', 'Too late']);
    expect(States['Too late']).toMatchObject({ Type: 'Fail' });
    // The deadline of the machine itself must not come first: then nobody would cancel.
    expect(TimeoutSeconds).toBeGreaterThan(3600 + 900);
  });

  test('fails with what Redshift says', () => {
    expect(choices('Finished?')[2]).toEqual({
      Condition: "{% $states.input.status = 'FAILED' or $states.input.status = 'ABORTED' %}",
      Next: 'Failed',
    });
    expect(States['Failed']).toEqual({
      Type: 'Fail',
      Error: "{% 'Statement.' & $states.input.status %}",
      Cause: '{% $states.input.error %}',
    });
  });
});

test('what the Data API would refuse is told before anything is deployed', () => {
  const job = (statements: string[]) => () => jobsDefinition('p', { load: { kind: 'statements', statements } }, PARTS);
  const many = (count: number) => Array<string>(count).fill('SELECT 1');
  expect(job([])).toThrow('statements of load must be 1 to 40, got 0');
  expect(job(many(41))).toThrow('statements of load must be 1 to 40, got 41');
  expect(job(many(40))).not.toThrow();
  expect(job(['x'.repeat(102_400)])).not.toThrow();
  expect(job(['x'.repeat(102_401)])).toThrow('a statement of load must be at most 102400 bytes, got 102401');
  expect(job(['{% 1 %}'])).toThrow('a statement of load must be SQL, got an expression');
  expect(() => jobsDefinition('p', {}, PARTS)).toThrow('jobs of p must be at least one, got none');
});
