import type { Dataset } from '../contracts/dataset.ts';

/**
 * A pipeline as data: what runs, in which order, on which topics. The local runner and the AWS stacks both render it;
 * neither knows anything about a pipeline that is not written here.
 */
export interface Pipeline<Parameters> {
  readonly name: string;
  readonly description: string;
  readonly topics: readonly Topic[];
  /** What is ingested continuously, or run by run: what operations measures. */
  readonly streams: readonly Stream[];
  /** A function that scores a topic message by message, for whom micro-batches are too slow. @default - none */
  readonly immediateScoring?: ImmediateScoring;
  /** Data sets the warehouse holds when the pipeline is done. */
  readonly tables: readonly Dataset[];
  /** Tables of the lake alone, beside those of the streams. @default - none */
  readonly lakeTables?: readonly string[];
  /** Tables of the warehouse that it works in, and that readers leave alone. @default - none */
  readonly workTables?: readonly Dataset[];
  /** Run one after the other, those of an inner list side by side; a failed step ends the run. */
  readonly steps: readonly (Step<Parameters> | readonly Step<Parameters>[])[];
}

/** All steps of a pipeline, in their order. */
export function stepsOf<Parameters>({ steps }: Pick<Pipeline<Parameters>, 'steps'>): Step<Parameters>[] {
  return steps.flat();
}

/** A pipeline that runs with nobody there: on AWS, by a schedule or a call. */
export interface UnattendedPipeline<Parameters> extends Pipeline<Parameters> {
  /** What every such run goes by. */
  readonly defaults: Parameters;
  /** Parameters that may be given when a run is started, by name. */
  readonly inputs: { readonly [Name in keyof Parameters]?: RunInput };
}

/** A parameter that is known only when a run starts: a text, checked before anything is done. */
export interface RunInput {
  /** Regular expression of the whole text, without anchors. */
  readonly pattern: string;
  /** What the pattern allows, for the person whose value it refuses. */
  readonly allowed: string;
  /** What the steps get when it is left out. */
  readonly otherwise: string;
}

export interface Topic {
  readonly name: string;
  readonly partitions: number;
  /** Kafka's topic settings, by their own names. */
  readonly config: Readonly<Record<string, string>>;
}

/** A topic on its way into the lake, as it is or as what is made of it. */
export interface Stream {
  readonly topic: string;
  /** Where the producers send what they refuse. */
  readonly rejectsTopic: string;
  /** Lake table of the messages, or of what is made of them; it names the stream, and its checkpoint. */
  readonly table: string;
  /** Lake table of the messages that do not fit. */
  readonly quarantineTable: string;
  /** Folder of the reader's checkpoint, or that it has none and keeps how far it is in the summaries of the table's snapshots. @default - the table's name */
  readonly progress?: { readonly checkpoint: string } | 'snapshots';
  /** Whether the warehouse reads the topic by itself, too, and shows what came seconds ago: each refresh costs. @default false */
  readonly inWarehouse?: boolean;
  /** What is made of each message while it is awaited elsewhere. @default - nothing is */
  readonly results?: StreamResults;
}

/** A Lambda on a topic, where the environment has it switched on. */
export interface ImmediateScoring {
  /** Folder in `lambdas/`. */
  readonly source: string;
  readonly topic: string;
  /** Where it sends what does not fit. */
  readonly rejectsTopic: string;
  readonly resultsTopic: string;
  /** URI of the folder of models. */
  readonly models: (endpoints: Pick<Endpoints, 'models'>) => string;
}

/** What a model says of each message. */
export interface StreamResults {
  readonly topic: string;
  /** URI of a file that says how good the results of late have turned out. */
  readonly quality: (endpoints: Pick<Endpoints, 'models'>) => string;
}

/** Where the reader of a stream keeps how far it is. @throws where it has no checkpoint */
export function checkpointOf(
  { checkpoints }: Pick<Endpoints, 'checkpoints'>,
  { table, progress }: Pick<Stream, 'table' | 'progress'>,
): string {
  if (progress === 'snapshots') throw new Error(`progress of ${table} must be in a checkpoint, got ${progress}`);
  return `${checkpoints}/${progress?.checkpoint ?? table}`;
}

export type Step<Parameters> = ReplayStep | StageStep | SparkStep<Parameters> | LoadStep | SqlStep | CheckStep | ReportStep;

interface StepCommon {
  readonly name: string;
  /** What the step does, for the person watching. */
  readonly title: string;
}

/** Sends event files to a topic by the `replay-events` Lambda. */
export interface ReplayStep extends StepCommon {
  readonly kind: 'replay';
  readonly contract: Dataset;
  /** Name of the files among the run's inputs, such as `events`. */
  readonly input: string;
  readonly topic: string;
  readonly rejectsTopic: string;
  /** Whether apps send such events one by one, too, over HTTPS. @default false */
  readonly collected?: boolean;
}

/** The step by which a pipeline's events come in. @throws where it has none */
export function replayStepOf(pipeline: Pick<Pipeline<never>, 'steps'>): ReplayStep {
  const steps = stepsOf(pipeline);
  const found = steps.find((step): step is ReplayStep => step.kind === 'replay');
  if (!found) throw new Error(`steps must hold one of kind replay, got ${steps.map(({ kind }) => kind).join(', ')}`);
  return found;
}

/** Runs `spark-steps/<script>` by spark-submit. */
export interface SparkStep<Parameters> extends StepCommon {
  readonly kind: 'spark';
  readonly script: string;
  readonly arguments: (endpoints: Endpoints, parameters: Parameters) => string[];
  /** Arguments that make the step go on for ever, where a cluster is always there; runs then leave it out. @default - runs of a pipeline only */
  readonly continuous?: (endpoints: Endpoints, parameters: Parameters) => string[];
  /** How a run on one machine feeds the step while it goes on. @default - what is there when it starts is all that it gets */
  readonly live?: LiveFeed;
  /** Topics the step reads. @default - none */
  readonly consumes?: readonly string[];
  /** Topics the step writes to. @default - none */
  readonly produces?: readonly string[];
  /** Spark's settings for this step alone, by Spark's names. @default - the runtime's */
  readonly conf?: Readonly<Record<string, string>>;
}

/**
 * Where a cluster is always there the world feeds a continuous step. On one machine the run does, in the world's place: it starts the
 * step with its `continuous` arguments, waits for its progress line that begins with `ready`, sends the live records,
 * and what became of each some seconds later, until a prediction of each has come out; then it ends the step by SIGTERM.
 */
export interface LiveFeed {
  /** Input of the run whose last quarter by time is live. What came before it is the replay step's. */
  readonly input: string;
  /** Live records, without what became of them. */
  readonly topic: string;
  /** What became of them. */
  readonly outcomesTopic: string;
  /** Where the step says what it predicts. */
  readonly predictionsTopic: string;
}

/** Loads what the steps before have exported into the pipeline's warehouse tables. */
export interface LoadStep extends StepCommon {
  readonly kind: 'load';
}

/** Takes new files of a folder in, by the `stage-files` Lambda: good rows to the staged files and the warehouse's staging table, others to the rejects. */
export interface StageStep extends StepCommon {
  readonly kind: 'stage';
  readonly contract: Dataset;
  /** Name of the folder among the run's inputs, such as `logs`; on AWS a prefix of the raw bucket, too. */
  readonly input: string;
}

/** Statements run in the warehouse, in one transaction. */
export interface SqlStep extends StepCommon {
  readonly kind: 'sql';
  readonly statements: readonly string[];
  /** What a first load does instead, on an engine where that is faster. @default - it is as any other */
  readonly first?: FirstLoad;
  /** What a server of PostgreSQL's runs instead, of a step that fills tables of the run alone. @default - as any other engine */
  readonly sideBySide?: SideBySide;
}

/**
 * Statements that do the same as those of their step, the parts at the same time: PostgreSQL has a single process for each that writes, however
 * many cores there are. Each part is committed by itself.
 */
export interface SideBySide {
  readonly before: readonly string[];
  readonly parts: readonly string[];
  readonly after: readonly string[];
}

/** Statements that do the same as those of their step where all the tables that these fill are empty. */
export interface FirstLoad {
  readonly tables: readonly Dataset[];
  readonly statements: readonly string[];
}

/** A query of the warehouse that gives a row for each thing that is wrong ({@link FailedCheck}); a row fails the run. */
export interface CheckStep extends StepCommon {
  readonly kind: 'check';
  readonly query: string;
  /** Queries that give the same rows together, for an engine that runs them side by side. @default - the query is asked whole */
  readonly parts?: readonly string[];
  /** Where the project's docs say what to do when something is wrong. */
  readonly guide: string;
}

/** A row of a {@link CheckStep}. */
export interface FailedCheck {
  readonly check_name: string;
  readonly table_name: string;
  /** Rows, or keys, that it does not hold of. */
  readonly failures: number;
  /** Some of their keys. */
  readonly sample: string;
}

/** Renders the report from what is in the warehouse. */
export interface ReportStep extends StepCommon {
  readonly kind: 'report';
}

/** Where the parts of a runtime are: local addresses, or on AWS the tokens of the stacks. Every URI is without a slash at its end. */
export interface Endpoints {
  /** Bootstrap servers, `host:port` joined by commas. */
  readonly brokers: string;
  /** Further options of Kafka clients (IAM on AWS), by Kafka's names. */
  readonly kafkaOptions: Readonly<Record<string, string>>;
  /** Catalog and namespace of the lake's tables, such as `lake.millrace`. */
  readonly database: string;
  /** Where Structured Streaming keeps its progress. */
  readonly checkpoints: string;
  readonly models: string;
  /** Where `publish.py` leaves what the warehouse loads. */
  readonly exports: string;
  /** Where staged files are: `<data set>/rows/<file id>.jsonl`, gzip on AWS. */
  readonly staged: string;
  /** Where the rendered contract of a data set is, by its name. */
  readonly contract: (name: string) => string;
}

/** What a Spark step is called with, wherever it runs. @param result URI of the file that the step says its result in */
export function sparkArguments(args: readonly string[], result: string): string[] {
  return [...args, '--result', result];
}

/** `--name value` for each entry that has a value; a list repeats the flag. */
export function flags(values: Readonly<Record<string, string | number | readonly string[] | undefined>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const each = Array.isArray(value) ? (value as readonly string[]) : [String(value)];
    return each.flatMap((item) => [`--${name}`, item]);
  });
}
