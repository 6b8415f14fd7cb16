import { sparkArguments, type SparkStep } from '../../pipelines/pipeline.ts';
import type { DefinitionParts } from './pipeline-definition.ts';
import { findCluster } from './cluster-states.ts';
import { sparkStep } from './spark-submit.ts';
import { CALL_RETRY, FAILED, quoted, task, type Definition } from './states.ts';

/** Seconds that one look may take. */
const LOOK_SECONDS = 240;

export interface ContinuousParts extends Pick<DefinitionParts, 'endpoints' | 'spark' | 'results'> {
  /** Name of the cluster that is always there. */
  readonly clusterName: string;
}

/** How EMR calls a step that is kept going. */
export function continuousStepName(pipeline: string, step: string): string {
  return `${pipeline}-${step}-continuous`;
}

/**
 * Keeps a step going that never ends: looks whether it is on the cluster, and adds it where it is not. It does not wait for the step.
 * Run on a schedule; of two that look at the same time the second finds what the first has added, or the step's own checkpoint does.
 */
export function continuousDefinition<Parameters>(
  pipeline: string,
  step: SparkStep<Parameters>,
  parameters: Parameters,
  { clusterName, endpoints, spark, results }: ContinuousParts,
): Definition {
  if (!step.continuous) throw new Error(`step must be one that can run continuously, got ${step.name}`);
  const name = continuousStepName(pipeline, step.name);
  const args = sparkArguments(step.continuous(endpoints, parameters), `${results}/${pipeline}/continuous/${step.name}.json`);
  return {
    Comment: `${step.title}, kept going`,
    QueryLanguage: 'JSONata',
    TimeoutSeconds: LOOK_SECONDS,
    StartAt: 'Find the cluster',
    States: {
      ...findCluster(clusterName, 'Look'),
      Look: task('Look', {
        resource: 'aws-sdk:emr:listSteps',
        arguments: { ClusterId: '{% $clusterId %}', StepStates: ['PENDING', 'RUNNING', 'CANCEL_PENDING'] },
        retry: CALL_RETRY,
        output: { there: `{% ${quoted(name)} in $states.result.Steps.Name %}` },
        next: 'There?',
        onFailure: 'Failed',
      }),
      'There?': { Type: 'Choice', Choices: [{ Condition: '{% $states.input.there %}', Next: 'Done' }], Default: 'Add' },
      Add: task('Add', {
        resource: 'elasticmapreduce:addStep',
        arguments: {
          ClusterId: '{% $clusterId %}',
          // On the primary node, which Spot cannot take away, and where cancelling the step ends it.
          Step: sparkStep(name, step, args, { parts: spark, mode: 'client', actionOnFailure: 'CONTINUE' }),
        },
        retry: CALL_RETRY,
        next: 'Done',
        onFailure: 'Failed',
      }),
      Done: { Type: 'Succeed' },
      Failed: FAILED,
    },
  };
}
