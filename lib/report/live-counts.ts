/** What a run has measured of live predictions: in its summary, and on the report's page. */
export interface LiveCounts {
  /** Impressions sent without their outcome. */
  readonly sent: number;
  readonly predicted: number;
  /** From the first impression to the last prediction. */
  readonly seconds: number;
  /** Predictions a second. */
  readonly rate: number;
  /** From when the broker took an impression to when its prediction was read from the topic; null where there is none. */
  readonly latencyMs: { readonly p50: number; readonly p99: number } | null;
  /** Predictions whose outcome is known; the figures after it are of these, null where they cannot be told. */
  readonly labelled: number;
  readonly clicks: number;
  /** Nats. */
  readonly logLoss: number | null;
  readonly normalisedEntropy: number | null;
  /** Mean predicted probability over the share clicked. */
  readonly calibration: number | null;
  /** By tenths of the predicted probability, those that there are. */
  readonly bins: readonly { readonly predictions: number; readonly meanProbability: number; readonly clicked: number }[];
  /** By five seconds. */
  readonly moments: readonly LiveMoment[];
}

export interface LiveMoment {
  /** Since the first impression. */
  seconds: number;
  predictions: number;
  logLoss: number | null;
}
