import { describe, expect, test } from 'vitest';
import { continuousDefinition } from '../../../lib/constructs/state-machine/continuous-definition.ts';
import { pipelineDefinition } from '../../../lib/constructs/state-machine/pipeline-definition.ts';
import type { State } from '../../../lib/constructs/state-machine/states.ts';
import { churn } from '../../../lib/pipelines/churn.ts';
import { songplays } from '../../../lib/pipelines/songplays.ts';
import { stepsOf, type SparkStep, type UnattendedPipeline } from '../../../lib/pipelines/pipeline.ts';
import { argumentsOf, definitionParts, path } from './parts.ts';

const definition = pipelineDefinition(churn, definitionParts());
const states = definition.States;
const persistent = pipelineDefinition(churn, definitionParts({ cluster: { name: 'millrace-prod' } }));
const sparkNames = stepsOf(churn)
  .filter(({ kind }) => kind === 'spark')
  .map(({ name }) => name);

const catchOf = (state: State) => (state['Catch'] as { ErrorEquals: string[]; Next: string; Output?: unknown }[])[0]!;
const stepOf = (state: State) => (state['Arguments'] as { Step: { ActionOnFailure: string; HadoopJarStep: { Args: string[] } } }).Step;

describe('a run', () => {
  test('goes through the steps in their order, with a cluster of its own around the Spark steps', () => {
    const way = path(states, definition.StartAt, { 'A file to send?': 'produce' });
    expect(way.filter((name) => stepsOf(churn).some((step) => step.name === name))).toEqual(stepsOf(churn).map(({ name }) => name));
    expect(way.slice(way.indexOf('Create the cluster'), way.indexOf('load'))).toEqual([
      'Create the cluster',
      ...sparkNames,
      'Terminate the cluster',
    ]);
    expect(way.at(-1)).toBe('Done');
  });

  test('sends a file only when it is started with one', () => {
    expect(path(states, definition.StartAt)).not.toContain('produce');
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
    expect(caught).toMatchObject({ ErrorEquals: ['States.ALL'], Output: { error: `{% '${name}: ' & $states.errorOutput.Error %}` } });
    expect(path(states, caught.Next).at(-1)).toBe('Failed');
  });

  test.each(sparkNames)('of %s terminates the cluster', (name) => {
    expect(path(states, catchOf(states[name]!).Next)).toEqual(['Terminate the cluster of the failed run', 'Failed']);
    expect(stepOf(states[name]!).ActionOnFailure).toBe('CANCEL_AND_WAIT');
  });

  test('is told even when the cluster cannot be terminated', () => {
    const terminate = states['Terminate the cluster of the failed run']!;
    expect(terminate).toMatchObject({ Resource: 'arn:aws:states:::elasticmapreduce:terminateCluster' });
    // What it was handed goes on, whether it succeeds or not.
    expect(terminate).toMatchObject({ Output: '{% $states.input %}', Next: 'Failed' });
    expect(catchOf(terminate)).toMatchObject({ Output: '{% $states.input %}', Next: 'Failed' });
  });

  test('is told with the name of the step first, as the catcher made it', () => {
    expect(states['Failed']).toEqual({
      Type: 'Fail',
      Error: '{% $states.input.error %}',
      Cause: '{% $states.input.cause %}',
    });
  });

  test('of a step is tried again three times, five minutes apart, unless it took too long', () => {
    for (const name of [...sparkNames, 'load'])
      expect(states[name]!['Retry']).toEqual([
        { ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 300, BackoffRate: 1, MaxAttempts: 3 },
      ]);
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
    const way = path(persistent.States, persistent.StartAt);
    expect(way.slice(way.indexOf('Find the cluster'))).toEqual([
      ...['Find the cluster', 'Is it there?'],
      ...sparkNames.filter((name) => name !== 'ingest'),
      ...['load', 'report', 'Done'],
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
    const ingest = stepsOf(churn).find(({ name }) => name === 'ingest') as SparkStep<typeof churn.defaults>;
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

describe('songplays', () => {
  // As where no pipeline sends events.
  const withoutReplay = definitionParts();
  delete (withoutReplay as { replay?: string }).replay;
  const rendered = {
    transient: pipelineDefinition(songplays, withoutReplay),
    persistent: pipelineDefinition(songplays, { ...withoutReplay, cluster: { name: 'millrace-prod' } }),
  };
  const { States } = rendered.transient;
  const branchesOf = (name: string) => States[name]!['Branches'] as { StartAt: string; States: Record<string, State> }[];

  test.each(['transient', 'persistent'] as const)(
    'stages side by side, then builds the fact, the dimensions side by side, checks and publishes (%s)',
    (lifetime) => {
      const way = path(rendered[lifetime].States, rendered[lifetime].StartAt);
      expect(way).toEqual([
        ...['Remember the input', 'Look for other runs', 'Alone?'],
        ...['stage-events, stage-songs', 'songplays', 'users, songs, artists, time', 'checks', 'checks: hold?', 'publish'],
        // Whatever needs no cluster is done before there is one.
        ...(lifetime === 'transient'
          ? ['Create the cluster', 'star', 'maintain', 'Terminate the cluster']
          : ['Find the cluster', 'Is it there?', 'star', 'maintain']),
        ...['report', 'Done'],
      ]);
    },
  );

  test('needs no replay, and takes no file to send', () => {
    expect(JSON.stringify(rendered)).not.toMatch(/bucket|produce/);
  });

  test('each step side by side is a branch that succeeds, or fails with its own name', () => {
    expect(branchesOf('users, songs, artists, time').map((branch) => branch.StartAt)).toEqual(['users', 'songs', 'artists', 'time']);
    for (const { StartAt: step, States: branch } of branchesOf('users, songs, artists, time')) {
      expect(path(branch, step)).toEqual([step, `${step}: done`]);
      expect(branch[`${step}: done`]).toEqual({ Type: 'Succeed' });
      const caught = catchOf(branch[step]!);
      expect(caught).toMatchObject({ ErrorEquals: ['States.ALL'], Output: { error: `{% '${step}: ' & $states.errorOutput.Error %}` } });
      expect(branch[caught.Next]).toEqual(States['Failed']);
    }
  });

  test('the first branch that fails ends the run, with what the branch says', () => {
    for (const name of ['stage-events, stage-songs', 'users, songs, artists, time']) {
      expect(catchOf(States[name]!)).toMatchObject({ Output: { error: '{% $states.errorOutput.Error %}' }, Next: 'Failed' });
      // Each branch tries again by itself: nothing is done again that went well.
      expect(States[name]).not.toHaveProperty('Retry');
    }
  });

  test('every step but the report is tried again three times, five minutes apart, wherever it is', () => {
    const all = Object.values(States).flatMap((state) => [
      state,
      ...((state['Branches'] ?? []) as { States: Record<string, State> }[]).flatMap((branch) => Object.values(branch.States)),
    ]);
    const steps = all.filter(({ Resource }) => /startExecution|addStep/.test(String(Resource)));
    expect(steps).toHaveLength(stepsOf(songplays).length - 1);
    for (const step of steps) {
      expect(step['Retry']).toEqual([{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 300, BackoffRate: 1, MaxAttempts: 3 }]);
    }
  });

  test('work in the warehouse is a job of the step’s name, waited for', () => {
    expect(States['songplays']).toMatchObject({
      Resource: 'arn:aws:states:::states:startExecution.sync:2',
      Arguments: { StateMachineArn: withoutReplay.jobs, Input: { job: 'songplays' } },
    });
  });

  test('a check that found something fails the run, names check, table and keys, and is not tried again', () => {
    const [choice] = States['checks: hold?']!['Choices'] as { Condition: string; Output: { error: string; cause: string }; Next: string }[];
    expect(choice).toMatchObject({
      Condition: '{% $count($states.input.records) > 0 %}',
      Output: { error: 'checks: ChecksFailed' },
      Next: 'Failed',
    });
    expect(States['checks: hold?']).not.toHaveProperty('Retry');
  });

  test('has no name of a state twice', () => {
    const names: string[] = [];
    JSON.stringify(rendered.transient, (key, value: unknown) => {
      if (key === 'States') names.push(...Object.keys(value as object));
      return value;
    });
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name.length).toBeLessThanOrEqual(80);
  });

  test('what was staged is for the report, from whichever branch', () => {
    expect(States['stage-events, stage-songs']).toMatchObject({ Assign: { staged: '{% [$staged, $states.result[$exists(dataset)]] %}' } });
    expect(States['report']).toMatchObject({ Arguments: { Payload: { staged: '{% $staged %}' } } });
    for (const { States: branch } of branchesOf('stage-events, stage-songs'))
      // A branch may not assign what is the run's.
      for (const state of Object.values(branch)) expect(state).not.toHaveProperty('Assign');
  });
});

describe('steps side by side', () => {
  const block = (...steps: UnattendedPipeline<object>['steps'][number][]): UnattendedPipeline<object> => ({ ...songplays, steps });
  const spark = (name: string) => ({ kind: 'spark' as const, name, title: name, script: 'one.py', arguments: () => [] });

  test('may be Spark steps: the cluster is made before them and terminated when one fails', () => {
    const { States, StartAt } = pipelineDefinition(block([spark('a'), spark('b')]), definitionParts());
    expect(path(States, StartAt).slice(-4)).toEqual(['Create the cluster', 'a, b', 'Terminate the cluster', 'Done']);
    expect(catchOf(States['a, b']!).Next).toBe('Terminate the cluster of the failed run');
  });

  test('what is done between two Spark steps leaves no cluster either when it fails', () => {
    const sql = { kind: 'sql' as const, name: 'sql', title: 'sql', statements: ['SELECT 1'] };
    const { States } = pipelineDefinition(block(spark('a'), sql, spark('b')), definitionParts());
    expect(catchOf(States['sql']!).Next).toBe('Terminate the cluster of the failed run');
  });

  test('may not be the sending of a file, or the report', () => {
    const report = { kind: 'report' as const, name: 'report', title: 'r' };
    expect(() => pipelineDefinition(block([spark('a'), report]), definitionParts())).toThrow(
      'steps side by side must work on data, got report (report)',
    );
  });
});

test('a state machine has a size that Step Functions takes', () => {
  const step = { kind: 'spark' as const, name: 'big', title: 'Big', script: 'one.py', arguments: () => ['x'.repeat(1_000_000)] };
  expect(() => pipelineDefinition({ ...songplays, steps: [step] }, definitionParts())).toThrow(
    /^a state machine must be at most 1000000 bytes, got 1\d+$/,
  );
});
