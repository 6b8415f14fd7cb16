import type { LiveCounts, LiveMoment } from '../../report/live-counts.ts';

/** Latencies that percentiles are of: the latest. */
const KEPT = 100_000;
/** What a point of the report's time line stands for. */
const MOMENT_MS = 5_000;
const BINS = 10;
/** Nearest to 0 and 1 that a probability is taken as: one click that was held impossible would else be an infinite loss. */
const LEAST = 1e-15;

interface Predicted {
  readonly id: string;
  readonly probability: number;
  /** Epoch milliseconds: when the broker took the impression. */
  readonly producedAt: number;
}

/** Measures live predictions against what was sent: how many, how late, how good. A prediction that comes twice counts once. */
export class Meter {
  /** Impressions that no prediction has come for yet, and what became of them (null: nobody knows). */
  private readonly awaited = new Map<string, 0 | 1 | null>();
  private readonly latencies = new Float64Array(KEPT);
  private readonly bins = Array.from({ length: BINS }, () => ({ predictions: 0, probability: 0, clicks: 0 }));
  private readonly moments: (LiveMoment & { sum: number; judged: number })[] = [];
  private sentCount = 0;
  private predictedCount = 0;
  private known = { count: 0, clicks: 0, probability: 0, loss: 0 };
  private startedAt = performance.now();
  private lastAt = performance.now();

  sent(id: string, click: 0 | 1 | null): void {
    if (this.sentCount === 0) this.startedAt = performance.now();
    this.sentCount++;
    this.awaited.set(id, click);
  }

  predicted({ id, probability, producedAt }: Predicted): void {
    const click = this.awaited.get(id);
    if (click === undefined) return;
    this.awaited.delete(id);
    this.latencies[this.predictedCount % KEPT] = Math.max(0, Date.now() - producedAt);
    this.predictedCount++;
    this.lastAt = performance.now();
    const loss = click === null ? undefined : lossOf(probability, click);
    if (loss !== undefined) this.judge(probability, click!, loss);
    this.mark(loss);
  }

  /** Impressions without a prediction so far. */
  get missing(): number {
    return this.awaited.size;
  }

  get predictions(): number {
    return this.predictedCount;
  }

  /** Milliseconds since a prediction came, or since the first impression was sent. */
  get silentMs(): number {
    return performance.now() - Math.max(this.lastAt, this.startedAt);
  }

  counts(): LiveCounts {
    const { count, clicks, probability, loss } = this.known;
    const seconds = Math.max(0.001, (this.lastAt - this.startedAt) / 1000);
    const rate = clicks / count;
    const mixed = clicks > 0 && clicks < count;
    const entropy = -(rate * Math.log(rate) + (1 - rate) * Math.log(1 - rate));
    return {
      sent: this.sentCount,
      predicted: this.predictedCount,
      seconds,
      rate: this.predictedCount / seconds,
      latencyMs: this.predictedCount > 0 ? { p50: this.latency(0.5), p99: this.latency(0.99) } : null,
      labelled: count,
      clicks,
      logLoss: count > 0 ? loss / count : null,
      normalisedEntropy: mixed ? loss / count / entropy : null,
      calibration: clicks > 0 ? probability / clicks : null,
      bins: this.bins
        .filter((bin) => bin.predictions > 0)
        .map(({ predictions, probability: sum, clicks: clicked }) => ({
          predictions,
          meanProbability: sum / predictions,
          clicked: clicked / predictions,
        })),
      moments: this.moments.map(({ seconds: at, predictions, logLoss }) => ({ seconds: at, predictions, logLoss })),
    };
  }

  private judge(probability: number, click: 0 | 1, loss: number): void {
    this.known.count++;
    this.known.clicks += click;
    this.known.probability += probability;
    this.known.loss += loss;
    const bin = this.bins[Math.min(BINS - 1, Math.floor(probability * BINS))]!;
    bin.predictions++;
    bin.probability += probability;
    bin.clicks += click;
  }

  private mark(loss: number | undefined): void {
    const at = Math.floor((this.lastAt - this.startedAt) / MOMENT_MS);
    // One in which nothing came is a moment, too.
    for (let next = this.moments.length; next <= at; next++)
      this.moments.push({ seconds: (next * MOMENT_MS) / 1000, predictions: 0, logLoss: null, sum: 0, judged: 0 });
    const moment = this.moments[at]!;
    moment.predictions++;
    if (loss === undefined) return;
    moment.sum += loss;
    moment.logLoss = moment.sum / ++moment.judged;
  }

  private latency(share: number): number {
    const kept = this.latencies.slice(0, Math.min(KEPT, this.predictedCount)).sort();
    return kept[Math.min(kept.length - 1, Math.ceil(share * kept.length) - 1)]!;
  }
}

function lossOf(probability: number, click: 0 | 1): number {
  const right = click === 1 ? probability : 1 - probability;
  return -Math.log(Math.min(1 - LEAST, Math.max(LEAST, right)));
}
