import { stepsOf, type Endpoints, type RunInput, type Step, type UnattendedPipeline } from '../../pipelines/pipeline.ts';
import type { ClusterRequest } from '../emr-definition.ts';
import { createCluster, findCluster, terminateCluster, terminateClusterOfFailedRun } from './cluster-states.ts';
import { beginStates } from './run-states.ts';
import type { SparkParts } from './spark-submit.ts';
import { caught, FAILED, type Definition, type State, type States } from './states.ts';
import { stepStates, type Ends } from './step-states.ts';

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
  /** ARN of the state machine that sends a file. @default - the pipeline has no replay step */
  readonly replay?: string;
  /** ARN of the state machine that runs the pipeline's jobs (jobs-definition.ts), each by the name of its step. */
  readonly jobs: string;
  /** Name or ARN of the Lambda that renders the report. */
  readonly report: string;
}

/** Steps that run side by side; mostly one. */
type Block<Parameters> = readonly Step<Parameters>[];

const RUN_SECONDS = 12 * 60 * 60;
/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const MAX_DEFINITION_BYTES = 1_000_000;

const CREATE = 'Create the cluster';
const TERMINATE = 'Terminate the cluster';
const TERMINATE_FAILED = 'Terminate the cluster of the failed run';

/**
 * A pipeline as a state machine: input checked, one run at a time, each step of it a state of its name, in its order; those of an inner
 * list side by side. Where runs have their own cluster, it is made before the first Spark step and terminated after the last one or after
 * a failure; where the cluster is always there, steps that run continuously are left out.
 */
export function pipelineDefinition<Parameters>(pipeline: UnattendedPipeline<Parameters>, parts: DefinitionParts): Definition {
  const transient = 'request' in parts.cluster;
  const blocks = blocksOf(pipeline, transient);
  checkNames(pipeline.inputs, blocks);

  let states: States = { Done: { Type: 'Succeed' } };
  let next = 'Done';
  const before = (earlier: States) => {
    states = { ...earlier, ...states };
    next = Object.keys(earlier)[0]!;
  };
  const firstSpark = blocks.findIndex(isSpark);
  const lastSpark = blocks.findLastIndex(isSpark);
  for (const [index, block] of [...blocks.entries()].reverse()) {
    if (transient && index === lastSpark) before({ [TERMINATE]: terminateCluster(TERMINATE, next) });
    const clustered = transient && firstSpark <= index && index <= lastSpark;
    before(blockStates(pipeline, block, parts, { next, onFailure: clustered ? TERMINATE_FAILED : 'Failed' }));
    if (index === firstSpark) before(clusterStates(parts, next));
  }
  const takesFile = blocks.flat().some(({ kind }) => kind === 'replay');
  before(beginStates({ inputs: pipeline.inputs as Readonly<Record<string, RunInput>>, takesFile, next }));
  return sized({
    Comment: pipeline.description,
    QueryLanguage: 'JSONata',
    TimeoutSeconds: RUN_SECONDS,
    StartAt: next,
    States: { ...states, ...(transient && firstSpark >= 0 && { [TERMINATE_FAILED]: terminateClusterOfFailedRun() }) },
  });
}

function blocksOf<Parameters>({ steps }: UnattendedPipeline<Parameters>, transient: boolean): Block<Parameters>[] {
  return steps
    .map((entry) => stepsOf({ steps: [entry] }).filter((step) => transient || step.kind !== 'spark' || !step.continuous))
    .filter((block) => block.length > 0);
}

/** Names of states are unique in a whole state machine, and a variable is called as its input is. */
function checkNames<Parameters>(inputs: UnattendedPipeline<Parameters>['inputs'], blocks: readonly Block<Parameters>[]): void {
  const names = [...Object.keys(inputs), ...blocks.flat().map(({ name }) => name)];
  if (new Set(names).size !== names.length) throw new Error(`names of inputs and steps must be different, got ${names.join(', ')}`);
}

function isSpark<Parameters>(block: Block<Parameters>): boolean {
  return block.some(({ kind }) => kind === 'spark');
}

function clusterStates({ name, cluster }: DefinitionParts, next: string): States {
  return 'request' in cluster ? createCluster(CREATE, name, cluster.request, next) : findCluster(cluster.name, next);
}

function blockStates<Parameters>(
  pipeline: UnattendedPipeline<Parameters>,
  block: Block<Parameters>,
  parts: DefinitionParts,
  { next, onFailure }: Ends,
): States {
  if (block.length === 1) return stepStates(pipeline, block[0]!, parts, { next, onFailure });
  const unfit = block.find(({ kind }) => kind === 'replay' || kind === 'report');
  if (unfit) throw new Error(`steps side by side must work on data, got ${unfit.name} (${unfit.kind})`);
  return {
    [block.map(({ name }) => name).join(', ')]: {
      Type: 'Parallel',
      Branches: block.map((step) => branch(pipeline, step, parts)),
      // What a branch fails with has the name of its step already.
      Catch: [caught('$states.errorOutput.Error', onFailure)],
      ...(block.some(({ kind }) => kind === 'stage') && { Assign: { staged: '{% [$staged, $states.result[$exists(dataset)]] %}' } }),
      Output: {},
      Next: next,
    },
  };
}

function branch<Parameters>(pipeline: UnattendedPipeline<Parameters>, step: Step<Parameters>, parts: DefinitionParts): object {
  const done = `${step.name}: done`;
  const failed = `${step.name}: failed`;
  const states = stepStates(pipeline, step, parts, { next: done, onFailure: failed, inBranch: true });
  const ends: Record<string, State> = { [done]: { Type: 'Succeed' }, [failed]: FAILED };
  return { StartAt: Object.keys(states)[0], States: { ...states, ...ends } };
}

/** @throws Error for what Step Functions would refuse */
function sized(definition: Definition): Definition {
  const bytes = Buffer.byteLength(JSON.stringify(definition));
  if (bytes > MAX_DEFINITION_BYTES) throw new Error(`a state machine must be at most ${MAX_DEFINITION_BYTES} bytes, got ${bytes}`);
  return definition;
}
