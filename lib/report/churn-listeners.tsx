/** @jsxRuntime automatic @jsxImportSource preact */
import type { ChurnScores, KnownListener, Reason, ScoredListener } from './churn-data.ts';
import { reasonInWords } from './churn-features.ts';
import { count, counted, percent } from './format.ts';
import { Bar, Notice, Section } from './page.tsx';
import { SortableTable, type TableColumn } from './table.tsx';

/** More rows would make the page too heavy to open; all of them are in the warehouse. */
export const MOST_LISTENERS = 500;
const PAGE_SIZE = 20;
const FILTER_HINT = 'Name, place, reason…';
/** Shown where nobody is over the threshold. */
const NEAREST = 10;

interface Listeners {
  readonly scores: ChurnScores | null;
  readonly known: readonly KnownListener[];
  readonly skipped: string | null;
}

export function ListenersSection({ scores, known, skipped }: Listeners) {
  const title = 'Who is at risk, and why';
  if (!scores) {
    return (
      <Section id="listeners" title={title}>
        <Notice>Nobody has been scored yet: {skipped ?? 'there are no scores in the warehouse'}.</Notice>
        {known.length > 0 && (
          <SortableTable
            id="listeners-table"
            caption="Listeners at the cut-off"
            columns={KNOWN_COLUMNS}
            rows={known}
            sortedBy={{ area: 'reasons', direction: 'descending' }}
            pageSize={PAGE_SIZE}
            noun={['listener', 'listeners']}
            fileName="listeners.csv"
            filterHint={FILTER_HINT}
          />
        )}
      </Section>
    );
  }
  const atRisk = scores.listeners.filter((listener) => listener.atRisk).slice(0, MOST_LISTENERS);
  const rows = atRisk.length > 0 ? atRisk : scores.listeners.slice(0, NEAREST);
  return (
    <Section id="listeners" title={title} lede={lede(scores, atRisk.length, rows.length)}>
      {rows.length > 0 && (
        <SortableTable
          id="listeners-table"
          caption="Listeners by probability of leaving, with the three strongest reasons"
          columns={COLUMNS}
          rows={rows}
          sortedBy={{ area: 'probability', direction: 'descending' }}
          pageSize={PAGE_SIZE}
          noun={['listener', 'listeners']}
          fileName={`churn-risk-${scores.cutoff}.csv`}
          filterHint={FILTER_HINT}
        />
      )}
    </Section>
  );
}

function lede({ atRisk, threshold, scored }: ChurnScores, listed: number, shown: number): string {
  const limit = percent(threshold);
  if (scored === 0) return 'Nobody was there to be scored at the cut-off.';
  if (atRisk === 0)
    return `Nobody reaches the threshold of ${limit}. ${shown === 1 ? 'The nearest to it:' : `The ${count(shown)} nearest to it:`}`;
  const rule = `A listener counts as at risk from a probability of ${limit}. The reasons are what raises this listener’s risk most, beside the typical listener’s figure.`;
  return listed < atRisk
    ? `${rule} The table holds the ${count(listed)} most probable of ${count(atRisk)}; all of them are in the warehouse.`
    : rule;
}

type Person = Pick<ScoredListener, 'userId' | 'firstName' | 'lastName' | 'level' | 'location'>;

const fullName = ({ firstName, lastName }: Person) => [firstName, lastName].filter(Boolean).join(' ');

const PERSON_COLUMNS: readonly TableColumn<Person>[] = [
  {
    title: 'Listener',
    area: 'name',
    sortBy: (listener) => fullName(listener) || listener.userId,
    cell: (listener) => (
      <>
        <b data-part dir="auto">
          {fullName(listener) || 'no name'}
        </b>{' '}
        <small data-part>{listener.userId}</small>
      </>
    ),
  },
  {
    title: 'Level',
    area: 'level',
    sortBy: ({ level }) => level,
    cell: ({ level }) => (level ? <span class="tag">{level}</span> : null),
  },
  { title: 'Place', area: 'place', sortBy: ({ location }) => location, cell: ({ location }) => location },
];

const COLUMNS: readonly TableColumn<ScoredListener>[] = [
  ...PERSON_COLUMNS,
  {
    title: 'Probability',
    area: 'probability',
    numeric: true,
    firstSort: 'descending',
    sortBy: ({ probability }) => probability,
    cell: ({ probability }) => (
      <>
        <span data-part>{percent(probability)}</span>
        <Bar share={probability} tone="risk" />
      </>
    ),
  },
  { title: 'Strongest reasons', area: 'reasons', cell: ({ reasons }) => <Reasons reasons={reasons} /> },
];

const KNOWN_COLUMNS: readonly TableColumn<KnownListener>[] = [
  ...PERSON_COLUMNS,
  {
    title: 'Listening so far',
    // Stands where the reasons of a scored listener do, also on a phone.
    area: 'reasons',
    firstSort: 'descending',
    sortBy: ({ songs }) => songs,
    cell: ({ sessions, songs }) => `${counted(sessions, 'visit')}, ${counted(songs, 'song')}`,
  },
];

function Reasons({ reasons }: { reasons: readonly Reason[] }) {
  if (reasons.length === 0) return <span class="typical">nothing stands out</span>;
  return (
    <ol>
      {reasons.map(reasonInWords).map(({ label, value, typical }) => (
        <li data-part>
          {label}: <b>{value}</b>
          {typical && <span class="typical"> ({typical})</span>}
        </li>
      ))}
    </ol>
  );
}
