/** A topic, and what becomes of its messages. */
export interface MeasuredStream {
  readonly topic: string;
  /** Where the producers send what they refuse. */
  readonly rejectsTopic: string;
  /** URI of the Structured Streaming checkpoint of the ingest, without a slash at its end. */
  readonly checkpoint: string;
  /** Lake table of what the ingest refused. */
  readonly quarantineTable: string;
}

/** Offsets of a partition: the first message there still is, and one past the last. */
export interface PartitionOffsets {
  readonly partition: number;
  readonly low: number;
  readonly high: number;
}

export interface Measurements {
  readonly topic: string;
  /** One past the last offset, over all partitions: grows with every message, and never shrinks. */
  readonly EndOffset: number;
  /** Messages that the ingest has not committed yet. */
  readonly Lag: number;
  /** Messages ever refused by producers. */
  readonly Rejected: number;
  /** Records ever refused by the ingest and still kept. */
  readonly Quarantined: number;
}

export interface Dependencies {
  readonly streams: readonly MeasuredStream[];
  readonly offsets: (topic: string) => Promise<readonly PartitionOffsets[]>;
  /** Offsets that the ingest goes on from, by partition; nothing before its first batch. */
  readonly committed: (checkpoint: string, topic: string) => Promise<ReadonlyMap<number, number>>;
  /** Rows of a lake table; 0 where there is no table yet. */
  readonly rows: (table: string) => Promise<number>;
  readonly emit: (measurements: Measurements) => void;
}

/**
 * Measures how the streams flow. Spark keeps its offsets in the checkpoint and commits none to a consumer group, so that MSK's own
 * lag metrics do not know it.
 */
export function makeHandler({ streams, offsets, committed, rows, emit }: Dependencies) {
  return async (): Promise<void> => {
    const outcomes = await Promise.allSettled(
      streams.map(async ({ topic, rejectsTopic, checkpoint, quarantineTable }) => {
        const [ends, rejects, reached, quarantined] = await Promise.all([
          offsets(topic),
          offsets(rejectsTopic),
          committed(checkpoint, topic),
          rows(quarantineTable),
        ]);
        emit({ topic, EndOffset: endOffset(ends), Lag: lag(ends, reached), Rejected: endOffset(rejects), Quarantined: quarantined });
      }),
    );
    // One stream that cannot be measured leaves the others' figures whole; its own are missing, which the alarms tell.
    const reasons = outcomes.flatMap((outcome, index) =>
      outcome.status === 'rejected' ? [`${streams[index]!.topic}: ${String(outcome.reason)}`] : [],
    );
    if (reasons.length > 0) throw new Error(`streams must be measurable, got ${reasons.join('; ')}`);
  };
}

function endOffset(partitions: readonly PartitionOffsets[]): number {
  return partitions.reduce((sum, { high }) => sum + high, 0);
}

/** What retention has deleted is not waited for: a partition's backlog begins at its first message at the earliest. */
function lag(partitions: readonly PartitionOffsets[], reached: ReadonlyMap<number, number>): number {
  return partitions.reduce((sum, { partition, low, high }) => sum + high - Math.min(high, Math.max(low, reached.get(partition) ?? low)), 0);
}
