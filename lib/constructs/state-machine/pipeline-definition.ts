import { sparkArguments, stepsOf, type Endpoints, type RunInput, type Step, type UnattendedPipeline } from '../../pipelines/pipeline.ts';
import type { ClusterRequest } from '../emr-definition.ts';
import { createCluster, findCluster, terminateCluster, terminateClusterOfFailedRun } from './cluster-states.ts';
import { loadStates, type WarehouseParts } from './load-states.ts';
import { beginStates, replayStates } from './run-states.ts';
import { sparkStep, type SparkParts } from './spark-submit.ts';
import { CALL_RETRY, JOB_RETRY, quoted, task, type Definition, type State, type States } from './states.ts';

/** Where the parts are that a pipeline runs on: names, ARNs and URIs, tokens of the stacks among them. */
export interface DefinitionParts {
  /** Begins the names of clusters. */
  readonly name: string;
  readonly endpoints: Endpoints;
  readonly spark: SparkParts;
  /** URI of the folder that steps leave their results in: `<pipeline>/<execution>/<step>.json`. */
  readonly results: string;
  /** The request of a run's own cluster, or the name of the one that is always there. */
  readonly cluster: { readonly request: ClusterRequest } | { readonly name: string };
  /** ARN of the state machine that sends a file. */
  readonly replay: string;
  readonly warehouse: WarehouseParts;
  /** Name or ARN of the Lambda that renders the report. */
  readonly report: string;
}

const RUN_SECONDS = 12 * 60 * 60;
const STEP_SECONDS = 2 * 60 * 60;
const REPORT_SECONDS = 15 * 60;

const CREATE = 'Create the cluster';
const TERMINATE = 'Terminate the cluster';
const TERMINATE_FAILED = 'Terminate the cluster of the failed run';

/**
 * A pipeline as a state machine: input checked, one run at a time, each step of it a state of its name, in its order. Where runs have
 * their own cluster, it is made before the first Spark step and terminated after the last one or after a failure; where the cluster is
 * always there, steps that run continuously are left out.
 */
export function pipelineDefinition<Parameters>(pipeline: UnattendedPipeline<Parameters>, parts: DefinitionParts): Definition {
  const transient = 'request' in parts.cluster;
  const steps = stepsOf(pipeline).filter((step) => transient || step.kind !== 'spark' || !step.continuous);
  const inputs = pipeline.inputs as Readonly<Record<string, RunInput>>;
  const names = [...Object.keys(inputs), ...steps.map(({ name }) => name)];
  if (new Set(names).size !== names.length) throw new Error(`names of inputs and steps must be different, got ${names.join(', ')}`);

  let states: States = { Done: { Type: 'Succeed' } };
  let next = 'Done';
  const before = (earlier: States) => {
    states = { ...earlier, ...states };
    next = Object.keys(earlier)[0]!;
  };
  const firstSpark = steps.findIndex(({ kind }) => kind === 'spark');
  const lastSpark = steps.findLastIndex(({ kind }) => kind === 'spark');
  for (const [index, step] of [...steps.entries()].reverse()) {
    if (transient && index === lastSpark) before({ [TERMINATE]: terminateCluster(TERMINATE, next) });
    before(stepStates(pipeline, step, parts, next));
    if (index === firstSpark) before(clusterStates(parts, next));
  }
  before(beginStates(inputs, next));
  return {
    Comment: pipeline.description,
    QueryLanguage: 'JSONata',
    TimeoutSeconds: RUN_SECONDS,
    StartAt: next,
    States: { ...states, ...(transient && { [TERMINATE_FAILED]: terminateClusterOfFailedRun() }) },
  };
}

function clusterStates({ name, cluster }: DefinitionParts, next: string): States {
  return 'request' in cluster ? createCluster(CREATE, name, cluster.request, next) : findCluster(cluster.name, next);
}

/** @returns the states of one step; it begins with the first of them */
function stepStates<Parameters>(
  pipeline: UnattendedPipeline<Parameters>,
  step: Step<Parameters>,
  parts: DefinitionParts,
  next: string,
): States {
  switch (step.kind) {
    case 'replay':
      return replayStates(step.name, parts.replay, next);
    case 'spark':
      return { [step.name]: sparkState(pipeline, step, parts, next) };
    case 'load':
      return loadStates(step.name, parts.warehouse, { next, onFailure: 'Failed' });
    case 'stage':
    case 'sql':
    case 'check':
      throw new Error(`step must be of a kind that state machines know, got ${step.kind}`);
    case 'report':
      return { [step.name]: reportState(pipeline.name, step.name, parts.report, next) };
  }
}

function sparkState<Parameters>(
  pipeline: UnattendedPipeline<Parameters>,
  step: Extract<Step<Parameters>, { kind: 'spark' }>,
  { cluster, endpoints, spark, results }: DefinitionParts,
  next: string,
): State {
  const transient = 'request' in cluster;
  const result = `{% ${quoted(`${results}/${pipeline.name}/`)} & $states.context.Execution.Name & ${quoted(`/${step.name}.json`)} %}`;
  const args = sparkArguments(step.arguments(endpoints, runParameters(pipeline)), result);
  // EMR refuses to cancel steps where several run at a time; then it is this machine's failure that stops the run.
  const actionOnFailure = transient ? 'CANCEL_AND_WAIT' : 'CONTINUE';
  return task(step.name, {
    resource: 'elasticmapreduce:addStep.sync',
    arguments: {
      ClusterId: '{% $clusterId %}',
      Step: sparkStep(`${pipeline.name}-${step.name}`, step, args, { parts: spark, mode: 'cluster', actionOnFailure }),
    },
    timeoutSeconds: STEP_SECONDS,
    retry: JOB_RETRY,
    next,
    onFailure: transient ? TERMINATE_FAILED : 'Failed',
  });
}

function reportState(pipeline: string, step: string, report: string, next: string): State {
  return task(step, {
    resource: 'lambda:invoke',
    arguments: {
      FunctionName: report,
      Payload: {
        pipeline,
        execution: '{% $states.context.Execution.Name %}',
        startedAt: '{% $states.context.Execution.StartTime %}',
        replays: '{% $replays %}',
      },
    },
    timeoutSeconds: REPORT_SECONDS,
    retry: CALL_RETRY,
    output: '{% $states.result.Payload %}',
    next,
    onFailure: 'Failed',
  });
}

/** What steps get in place of a parameter that is known only when a run starts: the variable that remembers it. */
function runParameters<Parameters>({ defaults, inputs }: UnattendedPipeline<Parameters>): Parameters {
  return { ...defaults, ...Object.fromEntries(Object.keys(inputs).map((name) => [name, `{% $${name} %}`])) };
}
