/** @jsxRuntime automatic @jsxImportSource preact */
import type { AssessmentsData, Totals } from './assessments-data.ts';
import { ExamsSection } from './assessments-exams.tsx';
import { QuestionsSection } from './assessments-questions.tsx';
import { ScoresSection } from './assessments-scores.tsx';
import { EventsSection, type EventCounts, type Reject } from './events.tsx';
import { count, counted, dayRange, percent, quantity } from './format.ts';
import { LandedSection } from './landed.tsx';
import { KeyFigures, renderPage, type Figure } from './page.tsx';
import { RunSection, type RunFacts } from './run.tsx';

export interface AssessmentsReportData {
  readonly run: RunFacts;
  readonly rejects: readonly Reject[];
  /** From `fetchAssessmentsData`. */
  readonly data: AssessmentsData;
}

/** The assessments report as one HTML document. A pure function: the same data gives the same bytes. */
export function renderAssessmentsReport({ run, rejects, data }: AssessmentsReportData): string {
  const { totals } = data;
  const headline = headlineOf(totals);
  return renderPage({
    title: `${headline.text} – Millrace assessments report`,
    children: (
      <>
        <header>
          <p class="brand">
            <b>Millrace</b> assessments report
            {totals?.first != null && totals.last !== null && <> · {dayRange(iso(totals.first), iso(totals.last))}</>}
          </p>
          <h1>
            {headline.strong && <em class="plain">{headline.strong}</em>}
            {headline.text.slice(headline.strong.length)}
          </h1>
          {totals && <KeyFigures figures={keyFigures(totals)} />}
        </header>
        <main>
          <ExamsSection data={data} />
          <ScoresSection data={data} />
          <QuestionsSection data={data} />
          {run.landed && <LandedSection landed={run.landed} />}
          {run.events && <EventsSection events={messagesOf(run.events)} rejects={rejects} />}
          <RunSection run={run} />
        </main>
      </>
    ),
  });
}

/** What is quarantined are attempts, of which a message may hold many: they are counted where the page tells what was landed. */
function messagesOf(events: EventCounts): EventCounts {
  return { ...events, quarantined: undefined };
}

/** The page in one sentence; `strong` is how it begins. */
function headlineOf(totals: Totals | null): { text: string; strong: string } {
  if (!totals) return { text: 'No attempt has been landed yet', strong: '' };
  const strong = counted(totals.attempts, 'attempt');
  const right = totals.shareCorrect === null ? '' : `, ${percent(totals.shareCorrect)} right on average`;
  return { strong, text: `${strong} at ${counted(totals.exams, 'exam')}${right}` };
}

function keyFigures({ attempts, exams, scored, shareCorrect, allCorrect, questions }: Totals): Figure[] {
  return [
    { label: 'Attempts', value: count(attempts), note: `${quantity(attempts / exams)} an exam, on average` },
    { label: 'Exams', value: count(exams) },
    { label: 'Questions', value: count(questions), note: 'asked in them' },
    { label: 'Answered right', value: percent(shareCorrect), note: 'mean of the scored attempts' },
    {
      label: 'All right',
      value: percent(scored > 0 ? allCorrect / scored : null),
      note: `${count(allCorrect)} of ${counted(scored, 'scored attempt')}`,
    },
  ];
}

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
