/** @jsxRuntime automatic @jsxImportSource preact */
import { ActivitySection } from './churn-activity.tsx';
import type { ChurnScores, ChurnWarehouseData } from './churn-data.ts';
import { ListenersSection } from './churn-listeners.tsx';
import { ModelSection } from './churn-model.tsx';
import { SCORING_MODEL, type Evaluation } from './evaluation.ts';
import { EventsSection, type Reject } from './events.tsx';
import { count, day, inWords, percent, score } from './format.ts';
import { KeyFigures, Notice, renderPage, type Figure } from './page.tsx';
import { RunSection, type RunFacts } from './run.tsx';

export interface ChurnReportData {
  readonly run: RunFacts;
  /** Lines the producer refused; the first twenty are shown. */
  readonly rejects: readonly Reject[];
  /** From `fetchChurnData`. */
  readonly warehouse: ChurnWarehouseData;
  /** Of the model that made the scores (its version is in the scores), also when it is an earlier one; null where there is none. */
  readonly evaluation: Evaluation | null;
}

/** The churn report as one HTML document. A pure function: the same data gives the same bytes. */
export function renderChurnReport(data: ChurnReportData): string {
  const { run, rejects, warehouse, evaluation } = data;
  const { scores, activity } = warehouse;
  const skipped = run.model && 'skipped' in run.model ? run.model.skipped : null;
  const headline = headlineOf(scores);
  return renderPage({
    title: `${headline.text} – Millrace churn report`,
    children: (
      <>
        <header>
          <p class="brand">
            <b>Millrace</b> churn report{scores && <> · cut-off {day(scores.cutoff)}</>}
          </p>
          <h1>
            {headline.strong && <em>{headline.strong}</em>}
            {headline.strong ? headline.text.slice(headline.strong.length) : headline.text}
          </h1>
          <KeyFigures figures={keyFigures(data)} />
          {skipped && scores && (
            <Notice>
              The scores come from an earlier model ({scores.modelVersion}), since none was trained in this run: {skipped}.
            </Notice>
          )}
        </header>
        <main>
          <ListenersSection scores={scores} known={warehouse.known ?? []} skipped={skipped} />
          {run.events && <EventsSection events={run.events} rejects={rejects} />}
          <ActivitySection activity={activity} />
          <ModelSection evaluation={evaluation} skipped={skipped} />
          <RunSection run={withModel(run, scores)} />
        </main>
      </>
    ),
  });
}

/** The page in one sentence; `strong` is how it begins. */
function headlineOf(scores: ChurnScores | null): { text: string; strong?: string } {
  if (!scores) return { text: 'Nobody has been scored yet' };
  if (scores.scored === 0) return { text: 'Nobody was there to be scored' };
  const strong = scores.atRisk === 0 ? 'None' : count(scores.atRisk);
  const verb = scores.atRisk === 1 ? 'is' : 'are';
  const period = `in the ${inWords(scores.horizonDays)} ${scores.horizonDays === 1 ? 'day' : 'days'} from ${day(scores.cutoff)}`;
  return {
    strong,
    text: `${strong} of ${count(scores.scored)} ${scores.scored === 1 ? 'listener' : 'listeners'} ${verb} at risk of leaving ${period}`,
  };
}

function keyFigures({ run, warehouse, evaluation }: ChurnReportData): Figure[] {
  const { scores, activity } = warehouse;
  const figures: Figure[] = [];
  if (scores && scores.scored > 0) {
    figures.push(
      { label: 'At risk', value: count(scores.atRisk), note: `${percent(scores.atRisk / scores.scored)} of listeners`, strong: true },
      { label: 'Expected to leave', value: count(scores.expectedLeavers), note: 'sum of all probabilities' },
    );
  }
  const events = activity.reduce((sum, each) => sum + each.events, 0);
  figures.push({ label: 'Events in the lake', value: count(events), note: `${count(run.events?.ingested ?? 0)} new in this run` });
  const metrics = evaluation?.models.find(({ name }) => name === SCORING_MODEL)?.metrics;
  if (evaluation && metrics) {
    const { truePositives, falsePositives } = evaluation.confusion;
    const contacts = truePositives + falsePositives;
    if (contacts > 0)
      figures.push({ label: 'Precision in the test', value: percent(truePositives / contacts), note: 'of those flagged left' });
    figures.push({ label: 'ROC AUC', value: score(metrics.rocAuc), note: `average precision ${score(metrics.averagePrecision)}` });
  }
  return figures;
}

function withModel(run: RunFacts, scores: ChurnScores | null): RunFacts {
  return scores ? { ...run, details: { 'Model that scored': scores.modelVersion, ...run.details } } : run;
}
