/** @jsxRuntime automatic @jsxImportSource preact */
import { Curves, REFERENCE, STROKES, type Curve, type Stroke } from './charts.tsx';
import { featureLabel } from './churn-features.ts';
import { Confusion, Contacts } from './churn-threshold.tsx';
import { inReportOrder, SCORING_MODEL, TRUTH, type EvaluatedModel, type Evaluation, type MetricName } from './evaluation.ts';
import { count, counted, day, percent, score } from './format.ts';
import { Bar, Notice, Section } from './page.tsx';
import { FactsTable } from './table.tsx';

const TRUTH_STROKE: Stroke = { color: 'var(--ink)', dash: [3, 3] };
const MOST_IMPORTANCES = 15;

export function ModelSection({ evaluation, skipped }: { evaluation: Evaluation | null; skipped: string | null }) {
  const title = 'How good the model is';
  if (!evaluation) {
    return (
      <Section id="model" title={title}>
        <Notice>{skipped ? `No model was trained: ${skipped}.` : 'There is no evaluation of a model.'}</Notice>
      </Section>
    );
  }
  const { train, test, trainedAt } = evaluation;
  const lede =
    `Learned from ${counted(train.rows, 'row')} of ${counted(train.users, 'listener')} (${count(train.positives)} left) and tested on ` +
    `${counted(test.rows, 'row')} of ${counted(test.users, 'listener')} at later cut-offs (${count(test.positives)} left), ` +
    `always by a model that had not seen that listener. Trained on ${day(trainedAt)}.`;
  return (
    <Section id="model" title={title} lede={lede}>
      {skipped && <Notice>No model was trained in this run: {skipped}. What follows is the earlier model that made the scores.</Notice>}
      <div class="pair">
        <Roc evaluation={evaluation} />
        <PrecisionRecall evaluation={evaluation} />
      </div>
      <Metrics evaluation={evaluation} />
      <h3>At the chosen threshold</h3>
      <Confusion evaluation={evaluation} />
      <div class="pair">
        <Contacts evaluation={evaluation} />
        <Calibration evaluation={evaluation} />
      </div>
      <Importances evaluation={evaluation} />
    </Section>
  );
}

function curvesOf(evaluation: Evaluation, points: (model: EvaluatedModel) => Curve['points']): Curve[] {
  return inReportOrder(evaluation.models).map((model, index) => ({
    name: model.name === TRUTH ? 'true probability: the best any model could do' : model.label,
    points: points(model),
    stroke: model.name === TRUTH ? TRUTH_STROKE : (STROKES[index % STROKES.length] as Stroke),
  }));
}

const metricsInWords = ({ models }: Evaluation, metric: MetricName) =>
  inReportOrder(models)
    .map((model) => `${model.name === TRUTH ? 'true probability' : model.label} ${score(model.metrics[metric])}`)
    .join(', ');

function Roc({ evaluation }: { evaluation: Evaluation }) {
  const chance: Curve = { name: 'chance', points: [[0, 0], [1, 1]], stroke: REFERENCE }; // prettier-ignore
  return (
    <Curves
      id="roc"
      title="ROC curve"
      description={`Leavers found against stayers disturbed. Area under the curve: ${metricsInWords(evaluation, 'rocAuc')}.`}
      x="stayers flagged (false positive rate)"
      y="leavers found (true positive rate)"
      curves={[...curvesOf(evaluation, ({ roc }) => roc), chance]}
    />
  );
}

function PrecisionRecall({ evaluation }: { evaluation: Evaluation }) {
  const { rows, positives } = evaluation.test;
  const base = rows > 0 ? positives / rows : 0;
  const chance: Curve = { name: `chance (${percent(base)} leave)`, points: [[0, base], [1, base]], stroke: REFERENCE }; // prettier-ignore
  return (
    <Curves
      id="precision-recall"
      title="Precision and recall"
      description={`How many of those flagged leave, against leavers found. Average precision: ${metricsInWords(evaluation, 'averagePrecision')}.`}
      x="leavers found (recall)"
      y="flagged who leave (precision)"
      curves={[...curvesOf(evaluation, ({ precisionRecall }) => precisionRecall), chance]}
    />
  );
}

function Calibration({ evaluation }: { evaluation: Evaluation }) {
  const points = evaluation.calibration.map(({ predicted, observed }) => [predicted, observed] as const);
  const highest = Math.max(0, ...points.flat());
  const max = Math.min(1, Math.max(0.1, Math.ceil(highest * 10) / 10));
  return (
    <Curves
      id="calibration"
      title="Calibration"
      description="Of listeners given a probability, the share who left. On the diagonal, a probability means what it says."
      x="probability given"
      y="share who left"
      max={max}
      curves={[
        { name: scoringLabel(evaluation), points, stroke: STROKES[0] as Stroke, dots: true },
        { name: 'perfect', points: [[0, 0], [max, max]], stroke: REFERENCE }, // prettier-ignore
      ]}
    />
  );
}

const scoringLabel = ({ models }: Evaluation) => models.find(({ name }) => name === SCORING_MODEL)?.label ?? 'model';

const METRICS: readonly { name: MetricName; label: string; best: 'highest' | 'lowest' }[] = [
  { name: 'averagePrecision', label: 'Average precision', best: 'highest' },
  { name: 'rocAuc', label: 'ROC AUC', best: 'highest' },
  { name: 'logLoss', label: 'Log loss', best: 'lowest' },
  { name: 'brier', label: 'Brier score', best: 'lowest' },
  { name: 'f1', label: 'F1', best: 'highest' },
  { name: 'precision', label: 'Precision', best: 'highest' },
  { name: 'recall', label: 'Recall', best: 'highest' },
];

function Metrics({ evaluation }: { evaluation: Evaluation }) {
  const models = inReportOrder(evaluation.models);
  const competing = models.filter(({ name }) => name !== TRUTH);
  const best = (metric: (typeof METRICS)[number]) => {
    const values = competing.map((model) => model.metrics[metric.name]).filter((value) => typeof value === 'number');
    return metric.best === 'highest' ? Math.max(...values) : Math.min(...values);
  };
  const cell = (model: EvaluatedModel, metric: (typeof METRICS)[number]) => {
    const value = model.metrics[metric.name];
    return model.name !== TRUTH && value === best(metric) ? <b>{score(value)}</b> : score(value);
  };
  return (
    <>
      <FactsTable
        caption="Metrics of the models on the test rows"
        head={['Model', ...METRICS.map(({ label }) => label)]}
        rows={models.map((model) => [
          model.name === TRUTH ? 'True probability' : model.label,
          ...METRICS.map((metric) => cell(model, metric)),
        ])}
      />
      <p class="note">
        Best model in bold; log loss and Brier score are better when lower.
        {models.some(({ name }) => name === TRUTH) &&
          ' The true probability is known because these events are generated: each listener’s chance of leaving was drawn from it, so what it misses is luck, and no model can do better except by luck.'}
      </p>
    </>
  );
}

function Importances({ evaluation }: { evaluation: Evaluation }) {
  const strongest = evaluation.importances.toSorted((a, b) => b.importance - a.importance).slice(0, MOST_IMPORTANCES);
  if (strongest.length === 0) return null;
  const top = strongest[0]?.importance || 1;
  const total = evaluation.importances.reduce((sum, { importance }) => sum + importance, 0) || 1;
  return (
    <>
      <h3>What the model looks at</h3>
      <table class="importances">
        <caption class="visually-hidden">Features by share of the model’s total importance</caption>
        <thead class="visually-hidden">
          <tr>
            <th scope="col">Feature</th>
            <th scope="col">Importance</th>
          </tr>
        </thead>
        <tbody>
          {strongest.map(({ feature, label, importance }) => (
            <tr>
              <th scope="row">{label || featureLabel(feature)}</th>
              <td>
                <Bar share={importance / top} /> <span>{percent(importance / total)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="note">
        How far each feature moves the log-odds of leaving, on average over listeners, as a share of all features together
        {evaluation.importances.length > strongest.length &&
          `; the ${count(strongest.length)} strongest of ${count(evaluation.importances.length)}`}
        .
      </p>
    </>
  );
}
