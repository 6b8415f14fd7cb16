/** @jsxRuntime automatic @jsxImportSource preact */
import type { Dataset } from '../contracts/dataset.ts';
import { CheckedTablesSection } from './checked-tables.tsx';
import { count, counted, dayRange, inWords, percent, quantity } from './format.ts';
import { KeyFigures, renderPage, type Figure } from './page.tsx';
import { RunSection, type RunFacts } from './run.tsx';
import { daysOf, type SongplaysData, type Totals } from './songplays-data.ts';
import { PlayedSection } from './songplays-played.tsx';
import { SubscriptionsSection } from './songplays-subscriptions.tsx';
import { WhenSection } from './songplays-when.tsx';
import { WhereSection } from './songplays-where.tsx';
import { StagedSection } from './staged.tsx';

export interface SongplaysReportData {
  readonly run: RunFacts;
  /** From `fetchSongplaysData`. */
  readonly data: SongplaysData;
  /** Tables whose checks held. */
  readonly tables: readonly Dataset[];
}

/** The songplays report as one HTML document. A pure function: the same data gives the same bytes. */
export function renderSongplaysReport({ run, data, tables }: SongplaysReportData): string {
  const { totals } = data;
  const headline = headlineOf(data);
  return renderPage({
    title: `${headline.text} – Millrace songplays report`,
    children: (
      <>
        <header>
          <p class="brand">
            <b>Millrace</b> songplays report{totals && <> · {dayRange(iso(totals.first), iso(totals.last))}</>}
          </p>
          <h1>
            {headline.strong && <em class="plain">{headline.strong}</em>}
            {headline.text.slice(headline.strong.length)}
          </h1>
          {totals && <KeyFigures figures={keyFigures(data, totals)} />}
        </header>
        <main>
          <PlayedSection data={data} />
          <WhenSection data={data} />
          <SubscriptionsSection data={data} />
          <WhereSection data={data} />
          <StagedSection staged={run.staged ?? {}} />
          <CheckedTablesSection tables={tables} rowCounts={run.warehouse?.tables ?? {}} />
          <RunSection run={run.warehouse ? { ...run, warehouse: { ...run.warehouse, tables: {} } } : run} />
        </main>
      </>
    ),
  });
}

/** The page in one sentence; `strong` is how it begins. */
function headlineOf({ totals }: SongplaysData): { text: string; strong: string } {
  if (!totals) return { text: 'No song has been played yet', strong: '' };
  const strong = counted(totals.plays, 'play');
  const listeners = totals.listeners > 0 ? counted(totals.listeners, 'listener') : 'unknown listeners';
  const days = daysOf(totals);
  return { strong, text: `${strong} by ${listeners} in ${inWords(days)} ${days === 1 ? 'day' : 'days'}` };
}

function keyFigures({ songs, artists }: SongplaysData, totals: Totals): Figure[] {
  const { plays, listeners, hours, found } = totals;
  return [
    { label: 'Plays', value: count(plays), note: `${quantity(plays / daysOf(totals))} a day on average` },
    { label: 'Hours of music', value: quantity(hours), note: 'if all were heard to the end' },
    {
      label: 'Listeners',
      value: count(listeners),
      note: listeners > 0 ? `${quantity(plays / listeners)} plays each, on average` : 'the log names none',
    },
    { label: 'Songs', value: count(songs.inAll), note: `of ${counted(artists.inAll, 'artist')}` },
    {
      label: 'Found in the catalogue',
      value: percent(found / plays),
      note: counted(found, 'play'),
    },
  ];
}

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
