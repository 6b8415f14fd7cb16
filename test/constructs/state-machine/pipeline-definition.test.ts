import { describe, expect, test } from 'vitest';
import { continuousDefinition } from '../../../lib/constructs/state-machine/continuous-definition.ts';
import { pipelineDefinition } from '../../../lib/constructs/state-machine/pipeline-definition.ts';
import type { State } from '../../../lib/constructs/state-machine/states.ts';
import { churn } from '../../../lib/pipelines/churn.ts';
import type { SparkStep, UnattendedPipeline } from '../../../lib/pipelines/pipeline.ts';
import { argumentsOf, definitionParts, path } from './parts.ts';

const definition = pipelineDefinition(churn, definitionParts());
const states = definition.States;
const persistent = pipelineDefinition(churn, definitionParts({ cluster: { name: 'millrace-prod' } }));
const LOADED = { 'load: done?': 'report' };
const sparkNames = churn.steps.filter(({ kind }) => kind === 'spark').map(({ name }) => name);

const catchOf = (state: State) => (state['Catch'] as { ErrorEquals: string[]; Next: string; Assign?: unknown }[])[0]!;
const stepOf = (state: State) => (state['Arguments'] as { Step: { ActionOnFailure: string; HadoopJarStep: { Args: string[] } } }).Step;

describe('a run', () => {
  test('goes through the steps in their order, with a cluster of its own around the Spark steps', () => {
    const way = path(states, definition.StartAt, { ...LOADED, 'A file to send?': 'produce' });
    expect(way.filter((name) => churn.steps.some((step) => step.name === name))).toEqual(churn.steps.map(({ name }) => name));
    expect(way.slice(way.indexOf('Create the cluster'), way.indexOf('load'))).toEqual([
      'Create the cluster',
      ...sparkNames,
      'Terminate the cluster',
    ]);
    expect(way.at(-1)).toBe('Done');
  });

  test('sends a file only when it is started with one', () => {
    expect(path(states, definition.StartAt, LOADED)).not.toContain('produce');
    expect(states['A file to send?']).toMatchObject({ Choices: [{ Condition: "{% $bucket != '' %}", Next: 'produce' }] });
    expect(states['produce']).toMatchObject({ Resource: 'arn:aws:states:::states:startExecution.sync:2' });
  });

  test('that finds another one ends with a line that says so', () => {
    expect(path(states, definition.StartAt, { 'Alone?': 'Another run is going on' }).at(-1)).toBe('Another run is going on');
    expect(states['Another run is going on']).toMatchObject({
      Type: 'Fail',
      Cause: expect.stringMatching(/must be the only one/) as string,
    });
  });

  test('has no state that is never come to, and none that leads nowhere', () => {
    const named = new Set([definition.StartAt]);
    JSON.stringify(states, (key, value: unknown) => {
      if (key === 'Next' || key === 'Default') named.add(value as string);
      return value;
    });
    expect([...named].sort()).toEqual(Object.keys(states).sort());
  });

  test('ends within a day, and each task of it sooner', () => {
    expect(definition.TimeoutSeconds).toBeLessThanOrEqual(24 * 60 * 60);
    const long = ['elasticmapreduce:addStep.sync', 'elasticmapreduce:createCluster.sync', 'states:startExecution.sync:2', 'lambda:invoke'];
    for (const state of Object.values(states)) {
      if (!long.some((each) => String(state['Resource']).endsWith(each))) continue;
      expect(state['TimeoutSeconds']).toBeLessThan(definition.TimeoutSeconds);
    }
  });
});

describe('a failure', () => {
  test.each([...sparkNames, 'Terminate the cluster'])('of %s is told, and ends in a failure', (name) => {
    const caught = catchOf(states[name]!);
    expect(caught).toMatchObject({ ErrorEquals: ['States.ALL'], Assign: { failure: { step: name } } });
    expect(path(states, caught.Next).at(-1)).toBe('Failed');
  });

  test.each(sparkNames)('of %s terminates the cluster', (name) => {
    expect(path(states, catchOf(states[name]!).Next)).toEqual(['Terminate the cluster of the failed run', 'Failed']);
    expect(stepOf(states[name]!).ActionOnFailure).toBe('CANCEL_AND_WAIT');
  });

  test('is told even when the cluster cannot be terminated', () => {
    const terminate = states['Terminate the cluster of the failed run']!;
    expect(terminate).toMatchObject({ Resource: 'arn:aws:states:::elasticmapreduce:terminateCluster' });
    expect(catchOf(terminate).Next).toBe('Failed');
    expect(catchOf(terminate)).not.toHaveProperty('Assign');
  });

  test('names the step first', () => {
    expect(states['Failed']).toEqual({
      Type: 'Fail',
      Error: "{% $failure.step & ': ' & $failure.error %}",
      Cause: '{% $failure.cause %}',
    });
  });

  test('of a step is tried again three times, five minutes apart, unless it took too long', () => {
    for (const name of sparkNames)
      expect(states[name]!['Retry']).toEqual([
        { ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 300, BackoffRate: 1, MaxAttempts: 3 },
      ]);
  });

  test('of the load: what Redshift says, or that it took too long', () => {
    const choices = (states['load: done?'] as unknown as { Choices: { Next: string }[] }).Choices.map(({ Next }) => Next);
    expect(choices).toEqual(['report', 'load: failed', 'load: too late']);
    for (const name of ['load: failed', 'load: too late'])
      expect(states[name]).toMatchObject({ Assign: { failure: { step: 'load' } }, Next: 'Failed' });
  });
});

describe('a Spark step', () => {
  test('is given to spark-submit whole: code, jars, packages, settings, script, arguments, where to say its result', () => {
    expect(stepOf(states['train']!).HadoopJarStep.Args).toEqual([
      ...['spark-submit', '--deploy-mode', 'cluster', '--name', 'churn-train'],
      ...['--py-files', 's3://assets/millrace.zip', '--jars', 's3://assets/a.jar,s3://assets/b.jar'],
      ...['--archives', 's3://assets/packages.zip#packages'],
      ...['--conf', 'spark.yarn.appMasterEnv.PYTHONPATH=./packages', '--conf', 'spark.executorEnv.PYTHONPATH=./packages'],
      ...['--conf', 'spark.yarn.maxAppAttempts=1', '--conf', 'spark.dynamicAllocation.enabled=false'],
      's3://assets/train.py',
      ...['--features-table', 'lake.millrace_dev.user_features', '--contract', 's3://assets/user_features.json'],
      ...['--models', 's3://tables/models', '--horizon-days', '10', '--seed', '1'],
      ...['--result', "{% 's3://tables/results/churn/' & $states.context.Execution.Name & '/train.json' %}"],
    ]);
  });

  test('gets what is known only when a run starts from the run', () => {
    for (const name of ['features', 'score']) expect(argumentsOf(states[name]!).join(' ')).toContain('--cutoff {% $cutoff %}');
    expect(states['Remember the input']).toMatchObject({
      Assign: { cutoff: "{% $states.input.cutoff ? $states.input.cutoff : 'auto' %}" },
    });
  });
});

describe('where the cluster is always there', () => {
  test('it is found by its name, no run makes or terminates one, and none waits for what never ends', () => {
    const names = Object.keys(persistent.States);
    expect(names).not.toContain('ingest');
    expect(names.filter((name) => /create|terminate/i.test(name))).toEqual([]);
    const way = path(persistent.States, persistent.StartAt, LOADED);
    expect(way.slice(way.indexOf('Find the cluster'))).toEqual([
      ...['Find the cluster', 'Is it there?'],
      ...sparkNames.filter((name) => name !== 'ingest'),
      ...['load', 'load: wait', 'load: look', 'load: done?', 'report', 'Done'],
    ]);
    expect(JSON.stringify(persistent.States['Find the cluster'])).toContain("Clusters[Name = 'millrace-prod'][0].Id");
  });

  // EMR refuses any other where steps run beside each other.
  test('a failed step leaves the others alone, and ends the run', () => {
    for (const name of sparkNames.filter((each) => each !== 'ingest')) {
      expect(stepOf(persistent.States[name]!).ActionOnFailure).toBe('CONTINUE');
      expect(catchOf(persistent.States[name]!).Next).toBe('Failed');
    }
  });

  test('the ingest is looked for, and added without waiting for it when it is not there', () => {
    const ingest = churn.steps.find(({ name }) => name === 'ingest') as SparkStep<typeof churn.defaults>;
    const { endpoints, spark, results } = definitionParts();
    const kept = continuousDefinition('churn', ingest, churn.defaults, { endpoints, spark, results, clusterName: 'millrace-prod' });
    expect(kept.States['Look']).toMatchObject({
      Resource: 'arn:aws:states:::aws-sdk:emr:listSteps',
      Arguments: { StepStates: ['PENDING', 'RUNNING', 'CANCEL_PENDING'] },
      Output: { there: "{% 'churn-ingest-continuous' in $states.result.Steps.Name %}" },
    });
    const add = kept.States['Add']!;
    expect(add).toMatchObject({
      Resource: 'arn:aws:states:::elasticmapreduce:addStep',
      Arguments: { Step: { Name: 'churn-ingest-continuous', ActionOnFailure: 'CONTINUE' } },
    });
    expect(stepOf(add).HadoopJarStep.Args.slice(0, 3)).toEqual(['spark-submit', '--deploy-mode', 'client']);
    const args = argumentsOf(add);
    expect(args[args.indexOf('--trigger') + 1]).toBe('30 seconds');
    // But for the trigger and where the result goes it is the step of a run.
    const once = argumentsOf(states['ingest']!);
    const differing = args.filter((each, index) => each !== once[index]);
    expect(differing).toEqual(['30 seconds', 's3://tables/results/churn/continuous/ingest.json']);
  });
});

describe('any other pipeline', () => {
  const other: UnattendedPipeline<{ day: string; size: number }> = {
    name: 'other',
    description: 'two steps',
    defaults: { day: 'today', size: 3 },
    inputs: { day: { pattern: '[a-z]+', allowed: 'a word', otherwise: 'today' } },
    topics: [],
    streams: [],
    tables: [],
    steps: [
      { kind: 'spark', name: 'one', title: 'One', script: 'one.py', arguments: (_, { day, size }) => [day, String(size)] },
      { kind: 'report', name: 'two', title: 'Two' },
    ],
  };

  test('is rendered by the same code', () => {
    const { States, StartAt } = pipelineDefinition(other, definitionParts());
    expect(path(States, StartAt)).toEqual([
      ...['Check the input', 'Remember the input', 'Look for other runs', 'Alone?'],
      ...['Create the cluster', 'one', 'Terminate the cluster', 'two', 'Done'],
    ]);
    expect(argumentsOf(States['one']!).slice(0, 3)).toEqual(['s3://assets/one.py', '{% $day %}', '3']);
  });

  test('fails when an input and a step have one name', () => {
    const steps = other.steps.map((step) => ({ ...step, name: 'day' }));
    expect(() => pipelineDefinition({ ...other, steps }, definitionParts())).toThrow(
      'names of inputs and steps must be different, got day, day, day',
    );
  });
});

test('a load has as many statements as the Data API takes, and at least one', () => {
  const load = (count: number) => () =>
    pipelineDefinition(
      churn,
      definitionParts({ warehouse: { workgroup: 'w', database: 'd', statements: Array<string>(count).fill('SELECT 1') } }),
    );
  expect(load(0)).toThrow('statements of a load must be 1 to 40, got 0');
  expect(load(41)).toThrow('statements of a load must be 1 to 40, got 41');
  expect(load(40)).not.toThrow();
});
