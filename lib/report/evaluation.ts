/** `evaluation.json` of a model, as `train.py` writes it; see docs/architecture.md. */
export interface Evaluation {
  readonly version: string;
  /** ISO 8601. */
  readonly trainedAt: string;
  readonly horizonDays: number;
  readonly train: EvaluationSet;
  readonly test: EvaluationSet;

  readonly models: readonly EvaluatedModel[];
  readonly threshold: number;
  readonly confusion: Confusion;
  readonly contacts: readonly {
    readonly threshold: number;
    readonly contacted: number;
    readonly precision: number;
    readonly recall: number;
  }[];
  readonly calibration: readonly { readonly predicted: number; readonly observed: number; readonly rows: number }[];
  readonly importances: readonly { readonly feature: string; readonly label: string; readonly importance: number }[];
}

export interface EvaluationSet {
  readonly rows: number;
  readonly positives: number;
  readonly users: number;
  readonly cutoffs: readonly string[];
}

export interface EvaluatedModel {
  readonly name: string;
  readonly label: string;
  readonly metrics: Readonly<Partial<Record<MetricName, number | null>>>;
  /** `[false positive rate, true positive rate]`. */
  readonly roc: readonly (readonly [number, number])[];
  /** `[recall, precision]`. */
  readonly precisionRecall: readonly (readonly [number, number])[];
}

export type MetricName = 'averagePrecision' | 'rocAuc' | 'logLoss' | 'brier' | 'f1' | 'precision' | 'recall';

export interface Confusion {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

/** Name of the model whose probabilities are published. */
export const SCORING_MODEL = 'xgboost';
/** Name under which the generator's true probabilities are evaluated like a model. */
export const TRUTH = 'truth';

/** The scoring model first, then the baselines, the truth last. */
export function inReportOrder(models: readonly EvaluatedModel[]): readonly EvaluatedModel[] {
  const rank = ({ name }: EvaluatedModel) => (name === SCORING_MODEL ? 0 : name === TRUTH ? 2 : 1);
  return models.toSorted((left, right) => rank(left) - rank(right));
}
