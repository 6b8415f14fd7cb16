import type { Confusion } from './evaluation.ts';

/** `evaluation.json` of a click model, as `train_clicks.py` writes it; docs/clicks.md has its format. */
export interface ClickEvaluation {
  readonly version: string;
  /** ISO 8601. */
  readonly trainedAt: string;
  readonly train: ClickSet;
  readonly test: ClickSet;
  readonly models: readonly ClickModel[];
  /** What saying for all what most are would get. */
  readonly majorityAccuracy: number;
  readonly threshold: number;
  readonly confusion: Confusion;
  readonly calibration: readonly { readonly predicted: number; readonly observed: number; readonly rows: number }[];
}

export interface ClickSet {
  readonly rows: number;
  readonly positives: number;
  /** Hours of the first and the last, ISO 8601. */
  readonly from: string;
  readonly until: string;
}

export interface ClickModel {
  readonly name: string;
  readonly label: string;
  readonly metrics: Readonly<Record<string, number | null | undefined>>;
  /** `[false positive rate, true positive rate]`. */
  readonly roc: readonly (readonly [number, number])[];
}
