/** @jsxRuntime automatic @jsxImportSource preact */
import { Curves, REFERENCE, STROKES, type Stroke } from './charts.tsx';
import type { ClickEvaluation, ClickModel, ClickSet } from './clicks-evaluation.ts';
import { count, counted, instant, percent, score } from './format.ts';
import { Notice, Section } from './page.tsx';
import { FactsTable } from './table.tsx';

const TRUTH = 'truth';
const TRUTH_STROKE: Stroke = { color: 'var(--ink)', dash: [3, 3] };

/** How good the model is on impressions later than all that it learned from, beside others. */
export function ClickModelSection({ evaluation, skipped }: { evaluation: ClickEvaluation | null; skipped: string | null }) {
  const title = 'How good the model is';
  if (!evaluation) {
    return (
      <Section id="model" title={title}>
        <Notice>{skipped ? `No model was trained: ${skipped}.` : 'There is no evaluation of a model.'}</Notice>
      </Section>
    );
  }
  const { train, test, majorityAccuracy } = evaluation;
  const lede = `Learned from ${inWords(train)} and tested on ${inWords(test)}: later ones, none of which it had seen.`;
  return (
    <Section id="model" title={title} lede={lede}>
      {skipped && <Notice>No model was trained in this run: {skipped}. What follows is the earlier model that scored.</Notice>}
      <div class="pair">
        <Roc evaluation={evaluation} />
        <Calibration points={evaluation.calibration.map(({ predicted, observed }) => [predicted, observed])} id="calibration" />
      </div>
      <Metrics models={evaluation.models} />
      <p class="note">
        Log-loss in nats. Normalised entropy is log-loss over that of always saying the share clicked: below 1 the model knows something. F1
        and accuracy are at a threshold chosen on earlier impressions; saying of none that it is clicked has an accuracy of{' '}
        {percent(majorityAccuracy)}.
        {evaluation.models.some(({ name }) => name === TRUTH) &&
          ' The true probability is known because these impressions are generated: no model does better except by luck.'}
      </p>
    </Section>
  );
}

function inWords({ rows, positives, from, until }: ClickSet): string {
  const clicked = rows > 0 ? ` (${percent(positives / rows)} clicked)` : '';
  return `${counted(rows, 'impression')}${clicked} from ${instant(from)} to ${instant(until)}`;
}

function Roc({ evaluation }: { evaluation: ClickEvaluation }) {
  const { models } = evaluation;
  // Of those that say the same of all there is nothing to draw, and four strokes can be told apart.
  const drawn = [...models.filter(({ name }) => name !== TRUTH && name !== 'constant').slice(0, STROKES.length), ...models.filter(isTruth)];
  return (
    <Curves
      id="roc"
      title="ROC curve"
      description={`Clicks found against others flagged. Area under the curve: ${drawn.map(({ label, metrics }) => `${label} ${score(metrics['rocAuc'])}`).join(', ')}.`}
      x="others flagged (false positive rate)"
      y="clicks found (true positive rate)"
      curves={[
        ...drawn.map((model, at) => ({ name: model.label, points: model.roc, stroke: isTruth(model) ? TRUTH_STROKE : STROKES[at]! })),
        { name: 'chance', points: [[0, 0], [1, 1]], stroke: REFERENCE }, // prettier-ignore
      ]}
    />
  );
}

const isTruth = ({ name }: ClickModel) => name === TRUTH;

/** Probabilities against the share clicked of those that were given them. */
export function Calibration({ id, points }: { id: string; points: readonly (readonly [number, number])[] }) {
  const highest = Math.max(0, ...points.flat());
  const max = Math.min(1, Math.max(0.1, Math.ceil(highest * 10) / 10));
  return (
    <Curves
      id={id}
      title="Calibration"
      description="Of impressions given a probability, the share clicked. On the diagonal, a probability means what it says."
      x="probability given"
      y="share clicked"
      max={max}
      curves={[
        { name: 'predictions', points, stroke: STROKES[0]!, dots: true },
        { name: 'perfect', points: [[0, 0], [max, max]], stroke: REFERENCE }, // prettier-ignore
      ]}
    />
  );
}

const METRICS: readonly { name: string; label: string; best: 'highest' | 'lowest' | 'nearest 1' }[] = [
  { name: 'rocAuc', label: 'ROC AUC', best: 'highest' },
  { name: 'logLoss', label: 'Log-loss', best: 'lowest' },
  { name: 'normalisedEntropy', label: 'Normalised entropy', best: 'lowest' },
  { name: 'calibration', label: 'Calibration', best: 'nearest 1' },
  { name: 'f1', label: 'F1', best: 'highest' },
  { name: 'accuracy', label: 'Accuracy', best: 'highest' },
];

function Metrics({ models }: { models: readonly ClickModel[] }) {
  const competing = models.filter((model) => !isTruth(model));
  const worth = (value: number, best: (typeof METRICS)[number]['best']) =>
    best === 'highest' ? value : best === 'lowest' ? -value : -Math.abs(value - 1);
  const best = ({ name, best: kind }: (typeof METRICS)[number]) =>
    Math.max(...competing.map(({ metrics }) => metrics[name]).flatMap((value) => (typeof value === 'number' ? [worth(value, kind)] : [])));
  const cell = (model: ClickModel, metric: (typeof METRICS)[number]) => {
    const value = model.metrics[metric.name];
    const isBest = !isTruth(model) && typeof value === 'number' && worth(value, metric.best) === best(metric);
    // A constant is calibrated by what it is: that is no merit.
    return isBest && model.name !== 'constant' ? <b>{score(value)}</b> : score(value);
  };
  return (
    <FactsTable
      caption={`Metrics of ${count(models.length)} models on the test impressions`}
      head={['Model', ...METRICS.map(({ label }) => label)]}
      rows={models.map((model) => [model.label, ...METRICS.map((metric) => cell(model, metric))])}
    />
  );
}
