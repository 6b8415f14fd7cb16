import type { EvaluatedModel, Evaluation } from '../../lib/report/evaluation.ts';
import { randomNumbers } from './fixture.ts';

interface TestRow {
  readonly probability: number;
  readonly left: boolean;
}

const ROWS = 1_780;

/** An evaluation made as a real one is: rows with a true probability, a label drawn from it, and models that see it through noise. */
export function evaluationFixture(): Evaluation {
  const random = randomNumbers(3);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const truth = Array.from({ length: ROWS }, (): TestRow => {
    const probability = logistic(-3.1 + 1.5 * normal());
    return { probability, left: random() < probability };
  });
  const seenThrough = (noise: number) =>
    truth.map(({ probability, left }) => ({ probability: logistic(0.85 * logit(probability) - 0.3 + noise * normal()), left }));
  const models = [
    modelOf('xgboost', 'XGBoost', seenThrough(0.55)),
    modelOf('random-forest', 'random forest', seenThrough(0.8)),
    modelOf('logistic-regression', 'logistic regression', seenThrough(1)),
    modelOf('truth', 'truth', truth),
  ];
  const scored = seenThrough(0.55).toSorted((a, b) => b.probability - a.probability);
  const threshold = 0.24;
  const contactsAt = (limit: number) => {
    const flagged = scored.filter(({ probability }) => probability >= limit);
    const found = flagged.filter(({ left }) => left).length;
    return { threshold: limit, contacted: flagged.length, precision: found / Math.max(1, flagged.length), recall: found / leavers(scored) };
  };
  const chosen = contactsAt(threshold);
  const truePositives = Math.round(chosen.recall * leavers(scored));
  return {
    version: '20260731T091520Z-4f1c9a',
    trainedAt: '2026-07-31T09:15:20Z',
    horizonDays: 10,
    train: { rows: 3_120, positives: 226, users: 489, cutoffs: ['2026-06-10', '2026-06-15', '2026-06-20', '2026-06-25', '2026-06-30'] },
    test: { rows: ROWS, positives: leavers(truth), users: 498, cutoffs: ['2026-07-11', '2026-07-16', '2026-07-21'] },
    models,
    threshold,
    confusion: {
      truePositives,
      falsePositives: chosen.contacted - truePositives,
      falseNegatives: leavers(scored) - truePositives,
      trueNegatives: ROWS - chosen.contacted - leavers(scored) + truePositives,
    },
    contacts: [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.35, 0.3, 0.24, 0.2, 0.16, 0.13, 0.1, 0.07, 0.05].map(contactsAt),
    calibration: Array.from({ length: 10 }, (_, bin) => scored.slice(bin * (ROWS / 10), (bin + 1) * (ROWS / 10))).map((rows) => ({
      predicted: rows.reduce((sum, { probability }) => sum + probability, 0) / rows.length,
      observed: leavers(rows) / rows.length,
      rows: rows.length,
    })),
    importances: [
      ['thumbs_down_per_hour_7_days', 'thumbs down an hour, 7 days', 0.17],
      ['days_since_last_event', 'days since the last visit', 0.14],
      ['adverts_per_hour_7_days', 'adverts heard an hour, 7 days', 0.11],
      ['songs_trend_7_days', 'songs this week against the month', 0.09],
      ['errors_per_hour_28_days', 'errors met an hour, 28 days', 0.07],
      ['days_since_registration', 'days since registration', 0.06],
      ['sessions_per_week', 'sessions a week', 0.05],
      ['thumbs_up_share', 'share of thumbs that are up', 0.04],
      ['downgrade_views_28_days', 'views of the downgrade page, 28 days', 0.03],
      ['paid', 'paid subscription', 0.02],
    ].map(([feature, label, importance]) => ({ feature: String(feature), label: String(label), importance: Number(importance) })),
  };
}

const logistic = (value: number) => 1 / (1 + Math.exp(-value));
const logit = (share: number) => Math.log(share / (1 - share));
const leavers = (rows: readonly TestRow[]) => rows.filter(({ left }) => left).length;

function modelOf(name: string, label: string, rows: readonly TestRow[]): EvaluatedModel {
  const ranked = rows.toSorted((a, b) => b.probability - a.probability);
  const [positives, negatives] = [leavers(rows), rows.length - leavers(rows)];
  let found = 0;
  const steps = ranked.map(({ left }, index) => ({ left, found: (found += Number(left)), flagged: index + 1 }));
  const best = steps
    .map((step) => ({
      precision: step.found / step.flagged,
      recall: step.found / positives,
      f1: (2 * step.found) / (step.flagged + positives),
    }))
    .reduce((left, right) => (right.f1 > left.f1 ? right : left));
  const mean = (of: (row: TestRow) => number) => rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
  return {
    name,
    label,
    roc: [[0, 0], ...steps.map((step) => [(step.flagged - step.found) / negatives, step.found / positives] as const)],
    precisionRecall: steps.map((step) => [step.found / positives, step.found / step.flagged] as const),
    metrics: {
      averagePrecision: steps.filter(({ left }) => left).reduce((sum, step) => sum + step.found / step.flagged, 0) / positives,
      rocAuc: steps.filter(({ left }) => !left).reduce((sum, step) => sum + step.found, 0) / (positives * negatives),
      logLoss: mean(({ probability, left }) => -Math.log(left ? probability : 1 - probability)),
      brier: mean(({ probability, left }) => (probability - Number(left)) ** 2),
      f1: best.f1,
      precision: best.precision,
      recall: best.recall,
    },
  };
}
