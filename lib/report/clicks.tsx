/** @jsxRuntime automatic @jsxImportSource preact */
import { DailyBars } from './charts.tsx';
import type { ClicksData } from './clicks-data.ts';
import type { ClickEvaluation } from './clicks-evaluation.ts';
import { ClickModelSection } from './clicks-model.tsx';
import { StreamSection } from './clicks-stream.tsx';
import { EventsSection, type Reject } from './events.tsx';
import { count, counted, dayRange, percent, score, shortDay } from './format.ts';
import { KeyFigures, Notice, renderPage, Section, type Figure } from './page.tsx';
import { RunSection, type RunFacts } from './run.tsx';

export interface ClicksReportData {
  readonly run: RunFacts;
  readonly rejects: readonly Reject[];
  /** From `fetchClicksData`. */
  readonly data: ClicksData;
  /** Of the latest model; null where there is none. */
  readonly evaluation: ClickEvaluation | null;
}

/** The clicks report as one HTML document. A pure function: the same data gives the same bytes. */
export function renderClicksReport({ run, rejects, data, evaluation }: ClicksReportData): string {
  const { days, windows } = data;
  const headline = headlineOf(data);
  const [first, last] = [days[0], days.at(-1)];
  return renderPage({
    title: `${headline.text} – Millrace clicks report`,
    children: (
      <>
        <header>
          <p class="brand">
            <b>Millrace</b> clicks report
            {first && last && <> · {dayRange(first.date, last.date)}</>}
          </p>
          <h1>
            {headline.strong && <em class="plain">{headline.strong}</em>}
            {headline.text.slice(headline.strong.length)}
          </h1>
          <KeyFigures figures={keyFigures(run, data, evaluation)} />
        </header>
        <main>
          <StreamSection live={run.live} windows={windows} />
          <ClickModelSection evaluation={evaluation} skipped={run.model && 'skipped' in run.model ? run.model.skipped : null} />
          <DaysSection days={days} />
          {run.events && <EventsSection events={run.events} rejects={rejects} live={run.live?.sent ?? 0} />}
          <RunSection run={run} />
        </main>
      </>
    ),
  });
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** The page in one sentence; `strong` is how it begins. */
function headlineOf({ days }: ClicksData): { text: string; strong: string } {
  const impressions = sum(days.map((each) => each.impressions));
  if (impressions === 0) return { text: 'No impression has been landed yet', strong: '' };
  const labelled = sum(days.map((each) => each.labelled));
  const clicks = sum(days.map((each) => each.clicks));
  const strong = counted(impressions, 'impression');
  const clicked = labelled > 0 ? `, ${percent(clicks / labelled)} clicked` : '';
  return { strong, text: `${strong}${clicked}, ${count(sum(days.map((each) => each.predictions)))} scored live` };
}

function keyFigures({ live }: RunFacts, { windows }: ClicksData, evaluation: ClickEvaluation | null): Figure[] {
  const [latest] = windows;
  const served = evaluation?.models[0]?.metrics ?? {};
  const quality = live ?? latest;
  return [
    ...(live?.latencyMs
      ? [
          {
            label: 'Latency',
            value: `${count(live.latencyMs.p50)} ms`,
            note: `median; 99% within ${count(live.latencyMs.p99)} ms`,
            strong: true,
          },
        ]
      : []),
    ...(live ? [{ label: 'Rate', value: `${count(live.rate)}/s`, note: `${counted(live.predicted, 'live prediction')}` }] : []),
    ...(quality
      ? [
          { label: 'Live log-loss', value: score(quality.logLoss), note: `${score(quality.normalisedEntropy)} of the share clicked’s` },
          { label: 'Live calibration', value: score(quality.calibration), note: 'predicted over observed' },
        ]
      : []),
    ...(evaluation
      ? [{ label: 'ROC AUC', value: score(served['rocAuc']), note: `of ${count(evaluation.test.rows)} later impressions` }]
      : []),
  ];
}

function DaysSection({ days }: { days: ClicksData['days'] }) {
  const lede = 'Impressions by the day (UTC) in which they were shown, those that were clicked, and those that were scored live.';
  return (
    <Section id="days" title="Impressions and clicks" lede={lede}>
      {days.length === 0 ? (
        <Notice>The warehouse holds no impressions yet.</Notice>
      ) : (
        <DailyBars
          id="daily"
          title="By day"
          description={`${counted(days.length, 'day')}; each band has a scale of its own.`}
          days={days.map(({ date }) => shortDay(date))}
          series={[
            { name: 'impressions', values: days.map(({ impressions }) => impressions), color: 'var(--series-1)' },
            { name: 'clicks', values: days.map(({ clicks }) => clicks), color: 'var(--series-2)' },
            { name: 'scored live', values: days.map(({ predictions }) => predictions), color: 'var(--series-3)' },
          ]}
        />
      )}
    </Section>
  );
}
