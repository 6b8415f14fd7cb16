import type { DefinitionParts } from '../../../lib/constructs/state-machine/pipeline-definition.ts';
import { clusterRequest } from '../../../lib/constructs/emr-definition.ts';
import type { State } from '../../../lib/constructs/state-machine/states.ts';
import { environment } from '../../../lib/environments.ts';
import type { Endpoints } from '../../../lib/pipelines/pipeline.ts';

export const AWS: Endpoints = {
  brokers: 'b-1:9098,b-2:9098',
  kafkaOptions: { 'security.protocol': 'SASL_SSL' },
  database: 'lake.millrace_dev',
  checkpoints: 's3://tables/checkpoints',
  models: 's3://tables/models',
  exports: 's3://tables/exports',
  staged: 's3://tables/staged',
  contract: (name) => `s3://assets/${name}.json`,
};

/** A run's own cluster, unless told otherwise. */
export function definitionParts(changes: Partial<DefinitionParts> = {}): DefinitionParts {
  return {
    name: 'millrace-dev-churn',
    endpoints: AWS,
    spark: {
      script: (file) => `s3://assets/${file}`,
      package: 's3://assets/millrace.zip',
      jars: ['s3://assets/a.jar', 's3://assets/b.jar'],
      pythonPackages: 's3://assets/packages.zip',
    },
    results: 's3://tables/results',
    cluster: {
      request: clusterRequest({
        settings: environment('dev').processing,
        environment: 'dev',
        subnetIds: ['subnet-1'],
        primaryGroup: 'sg-1',
        coreGroup: 'sg-2',
        serviceGroup: 'sg-3',
        serviceRole: 'service',
        instanceProfile: 'profile',
        securityConfiguration: 'security',
        logs: 's3://artifacts/emr',
        warehouse: 's3://tables/tables',
      }),
    },
    replay: 'arn:aws:states:eu-central-1:111122223333:stateMachine:replay',
    jobs: 'arn:aws:states:eu-central-1:111122223333:stateMachine:jobs',
    report: 'arn:aws:lambda:eu-central-1:111122223333:function:report',
    ...changes,
  };
}

/** Arguments of a step after its script. */
export function argumentsOf(state: State): string[] {
  const { Step } = state['Arguments'] as { Step: { HadoopJarStep: { Args: string[] } } };
  const { Args } = Step.HadoopJarStep;
  return Args.slice(Args.findIndex((each) => each.endsWith('.py')));
}

/** States in the order in which they come when nothing fails, `choices` taken instead of a choice's default. */
export function path(states: Readonly<Record<string, State>>, start: string, choices: Readonly<Record<string, string>> = {}): string[] {
  const names = [start];
  for (;;) {
    const name = names.at(-1)!;
    const { Next, Default } = states[name]!;
    const next = choices[name] ?? ((Next ?? Default) as string | undefined);
    if (next === undefined) return names;
    if (names.length > Object.keys(states).length) throw new Error(`states must come to an end, got ${names.join(', ')}`);
    names.push(next);
  }
}
