/** @jsxRuntime automatic @jsxImportSource preact */
import { count, counted, percent, quantity } from './format.ts';
import { Section } from './page.tsx';
import { Ranking } from './ranking.tsx';
import type { NamedListening, SongplaysData } from './songplays-data.ts';
import { extent, playsColumn } from './songplays-played.tsx';
import { SortableTable, type TableColumn } from './table.tsx';

/** As many as there are devices, or so: the two stand side by side. */
const MOST_BARS = 8;
const PAGE_SIZE = 20;

/** Where people listen, and on what. */
export function WhereSection({ data: { totals, places, devices } }: { data: SongplaysData }) {
  if (!totals) return null;
  const { items, inAll } = places;
  return (
    <Section id="places" title="Where people listen" lede={lede(totals.placeless)}>
      <div class="pair">
        <Ranking
          title="Places"
          description={extent(places, 'place', MOST_BARS)}
          items={items.slice(0, MOST_BARS).map(({ name, plays }) => ({ name, value: plays, shown: count(plays) }))}
        />
        <Ranking
          title="Devices"
          description="By what the browser calls itself, as shares of all plays"
          items={devices.map(({ name, plays }) => ({ name, value: plays, shown: percent(plays / totals.plays) }))}
        />
      </div>
      {items.length > 0 && (
        <details>
          <summary>
            {items.length === inAll
              ? `All ${counted(inAll, 'place')}`
              : `The ${count(items.length)} places of most plays, of ${count(inAll)},`}{' '}
            as a table
          </summary>
          <SortableTable
            id="places-table"
            caption="Places by plays"
            columns={columns(items[0]?.plays ?? 0)}
            rows={items}
            sortedBy={{ area: 'plays', direction: 'descending' }}
            pageSize={PAGE_SIZE}
            noun={['place', 'places']}
            fileName="places.csv"
            filterHint="Place…"
            layout="figures"
          />
        </details>
      )}
    </Section>
  );
}

function lede(placeless: number): string {
  const rule = 'Places are metropolitan areas of the United States, as the log writes them.';
  return placeless > 0 ? `${rule} ${counted(placeless, 'play names', 'plays name')} no place.` : rule;
}

const perListener = ({ plays, listeners }: NamedListening) => (listeners > 0 ? plays / listeners : null);

function columns(most: number): TableColumn<NamedListening>[] {
  return [
    { title: 'Place', area: 'name', sortBy: ({ name }) => name, cell: ({ name }) => <span dir="auto">{name}</span> },
    playsColumn(most),
    {
      title: 'Listeners',
      area: 'listeners',
      numeric: true,
      firstSort: 'descending',
      sortBy: ({ listeners }) => listeners,
      cell: ({ listeners }) => count(listeners),
    },
    {
      title: 'Plays per listener',
      area: 'found',
      numeric: true,
      firstSort: 'descending',
      sortBy: perListener,
      cell: (place) => quantity(perListener(place)),
    },
  ];
}
