/** What a Spark step writes to `--result`, beside the counts of rows that all have. */
export interface SparkStepResult {
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly ingested?: number;
  readonly quarantined?: number;
  readonly duplicates?: number;
  readonly model?: TrainedModel;
  readonly landed?: LandedCounts;
  /** Why the step had nothing to do. */
  readonly skipped?: string;
}

/** What a run landed of a topic by offset, messages. */
export interface LandedCounts {
  readonly new: number;
  /** Landed by earlier runs. */
  readonly before: number;
  /** Landed again, in the same rows. */
  readonly again: number;
  /** Parts of messages that do not fit. */
  readonly quarantined: number;
  /** What was deleted from the topic before it was landed, and skipped as the run was told; `to` is null where the topic itself is gone. */
  readonly skipped: readonly { readonly partition: number; readonly from: number; readonly to: number | null }[];
  /** Rows written, by table. */
  readonly tables: Readonly<Record<string, number>>;
}

export interface TrainedModel {
  name: string;
  version: string;
  trainRows: number;
  positives: number;
  metrics: Record<string, number>;
}

/** What a run's steps say of its events and its model. */
export interface RunFindings {
  readonly events: { ingested: number; quarantined: number; duplicates: number };
  model: TrainedModel | { skipped: string };
  landed?: LandedCounts;
}

/** Takes what the step `name` says of events and model into `run`; a pipeline without a topic has no events to count. */
export function addResult(run: Partial<RunFindings>, name: string, result: SparkStepResult): void {
  if (run.events) {
    run.events.ingested += result.ingested ?? 0;
    run.events.quarantined += result.quarantined ?? 0;
    run.events.duplicates += result.duplicates ?? 0;
  }
  if (result.landed) run.landed = result.landed;
  if (name === 'train') run.model = result.model ?? { skipped: result.skipped ?? 'the step gave no reason' };
}

/** What a stage step did with the files of one data set. */
export interface StagedCounts {
  /** Files that were new. */
  files: number;
  /** Files that an earlier run has staged. */
  alreadyStaged: number;
  /** Rows of the new files. */
  rows: number;
  /** Records of the new files that do not fit. */
  rejected: number;
  /** Names of new files that hold the same bytes as another one: left out. */
  duplicateFiles: string[];
  /** Names of files that are not of the kind: left out. */
  otherFiles: string[];
  /** The first records that were refused, for people; all of them are in `staged_rejects`. */
  rejects: { source: string; line: number; reason: string }[];
}
