/** A topic, and what becomes of its messages. */
export interface MeasuredStream {
  /** Tells streams apart: several may read one topic. */
  readonly name: string;
  readonly topic: string;
  /** Where the producers send what they refuse. */
  readonly rejectsTopic: string;
  readonly progress: Progress;
  /** Lake table of what the reader refused. */
  readonly quarantineTable: string;
  /** Topic of what is made of each message. @default - nothing that is measured */
  readonly resultsTopic?: string;
  /** URI of the file that says how good the results are. @default - nobody says */
  readonly quality?: string;
}

/** Where the reader of a topic keeps how far it is: a checkpoint of Structured Streaming (URI without a slash at its end), or a lake table. */
export type Progress = { readonly checkpoint: string } | { readonly table: string };

/** How good the results of late are; null what cannot be told. */
export interface Quality {
  readonly logLoss: number | null;
  readonly normalisedEntropy: number | null;
  readonly calibration: number | null;
}

/** Offsets of a partition: the first message there still is, and one past the last. */
export interface PartitionOffsets {
  readonly partition: number;
  readonly low: number;
  readonly high: number;
}

export interface Measurements {
  readonly stream: string;
  /** One past the last offset, over all partitions: grows with every message, and never shrinks. */
  readonly EndOffset: number;
  /** Messages that the reader has not committed yet. */
  readonly Lag: number;
  /** Messages ever refused by producers. */
  readonly Rejected: number;
  /** Records ever refused by the reader and still kept. */
  readonly Quarantined: number;
  /** Results ever written. */
  readonly Results?: number;
  /** Of the results of late: nats; over the log-loss of always saying the observed share; mean prediction over that share. */
  readonly LogLoss?: number;
  readonly NormalisedEntropy?: number;
  readonly Calibration?: number;
}

export interface Dependencies {
  readonly streams: readonly MeasuredStream[];
  readonly offsets: (topic: string) => Promise<readonly PartitionOffsets[]>;
  /** Offsets that the reader goes on from, by partition; nothing before its first batch. */
  readonly committed: (progress: Progress, topic: string) => Promise<ReadonlyMap<number, number>>;
  /** Rows of a lake table; 0 where there is no table yet. */
  readonly rows: (table: string) => Promise<number>;
  /** Nothing where none was told of late. */
  readonly quality: (uri: string) => Promise<Quality | undefined>;
  readonly emit: (measurements: Measurements) => void;
}

/**
 * Measures how the streams flow. Spark keeps its offsets in the checkpoint and commits none to a consumer group, so that MSK's own
 * lag metrics do not know it.
 */
export function makeHandler(dependencies: Dependencies) {
  const { streams, emit } = dependencies;
  return async (): Promise<void> => {
    const outcomes = await Promise.allSettled(
      streams.map(async (stream) => {
        const flows = await flow(stream, dependencies);
        // A topic that nobody has used yet: figures cost, and there is nothing to tell.
        if (flows.EndOffset === 0) return;
        emit({ stream: stream.name, ...flows, ...(await outcome(stream, dependencies)) });
      }),
    );
    // One stream that cannot be measured leaves the others' figures whole; its own are missing, which the alarms tell.
    const reasons = outcomes.flatMap((outcome, index) =>
      outcome.status === 'rejected' ? [`${streams[index]!.name}: ${String(outcome.reason)}`] : [],
    );
    if (reasons.length > 0) throw new Error(`streams must be measurable, got ${reasons.join('; ')}`);
  };
}

async function flow({ topic, rejectsTopic, progress, quarantineTable }: MeasuredStream, { offsets, committed, rows }: Dependencies) {
  const [ends, rejects, reached, quarantined] = await Promise.all([
    offsets(topic),
    offsets(rejectsTopic),
    committed(progress, topic),
    rows(quarantineTable),
  ]);
  return { EndOffset: endOffset(ends), Lag: lag(ends, reached), Rejected: endOffset(rejects), Quarantined: quarantined };
}

async function outcome({ resultsTopic, quality }: MeasuredStream, { offsets, quality: read }: Dependencies) {
  const [results, good] = await Promise.all([resultsTopic ? offsets(resultsTopic) : undefined, quality ? read(quality) : undefined]);
  const figures = {
    Results: results ? endOffset(results) : null,
    LogLoss: good?.logLoss ?? null,
    NormalisedEntropy: good?.normalisedEntropy ?? null,
    Calibration: good?.calibration ?? null,
  };
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== null)) as Partial<Record<keyof typeof figures, number>>;
}

function endOffset(partitions: readonly PartitionOffsets[]): number {
  return partitions.reduce((sum, { high }) => sum + high, 0);
}

/** What retention has deleted is not waited for: a partition's backlog begins at its first message at the earliest. */
function lag(partitions: readonly PartitionOffsets[], reached: ReadonlyMap<number, number>): number {
  return partitions.reduce((sum, { partition, low, high }) => sum + high - Math.min(high, Math.max(low, reached.get(partition) ?? low)), 0);
}
