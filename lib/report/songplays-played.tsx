/** @jsxRuntime automatic @jsxImportSource preact */
import { count, counted } from './format.ts';
import { Bar, Notice, Section } from './page.tsx';
import { Ranking } from './ranking.tsx';
import type { Played, SongplaysData, Top } from './songplays-data.ts';
import { SortableTable, type TableColumn } from './table.tsx';

const MOST_BARS = 10;
const PAGE_SIZE = 20;

/** What was played: songs and artists. */
export function PlayedSection({ data: { totals, catalogue, songs, artists } }: { data: SongplaysData }) {
  const title = 'Most played';
  if (!totals) {
    return (
      <Section id="played" title={title}>
        <Notice>No song has been played yet.</Notice>
      </Section>
    );
  }
  return (
    <Section id="played" title={title} lede={lede(totals.untitled, catalogue.songs)}>
      {catalogue.songs === 0 && <Notice>The catalogue holds no song yet: all go by what the log calls them.</Notice>}
      <div class="pair">
        <Ranking
          title="Songs"
          description={extent(songs, 'song')}
          items={songs.items
            .slice(0, MOST_BARS)
            .map(({ name, artist, plays }) => ({ name, more: artist, value: plays, shown: count(plays) }))}
        />
        <Ranking
          title="Artists"
          description={extent(artists, 'artist')}
          items={artists.items.slice(0, MOST_BARS).map(({ name, plays }) => ({ name, value: plays, shown: count(plays) }))}
        />
      </div>
      <PlayedTable id="songs-table" noun={['song', 'songs']} played={songs} />
      <PlayedTable id="artists-table" noun={['artist', 'artists']} played={artists} />
    </Section>
  );
}

function lede(untitled: number, known: number): string {
  const rule = 'A song goes by its title and artist: as the catalogue has them where it holds the song, else as the log does.';
  const holds = known > 0 ? ` The catalogue holds ${counted(known, 'song')}.` : '';
  return `${rule}${holds}${untitled > 0 ? ` ${counted(untitled, 'play names', 'plays name')} no song.` : ''}`;
}

/** How much of a list its bars show. */
export function extent({ items, inAll }: Top<unknown>, noun: string, bars = MOST_BARS): string {
  if (inAll === 0) return `The log names no ${noun}`;
  const all = counted(inAll, noun);
  return inAll <= bars
    ? inAll === 1
      ? 'The only one'
      : `All ${all}, by plays`
    : `The first ${count(Math.min(items.length, bars))} of ${all}, by plays`;
}

function PlayedTable({ id, noun, played }: { id: string; noun: readonly [string, string]; played: Top<Played> }) {
  const { items, inAll } = played;
  if (items.length === 0) return null;
  const [singular, plural] = noun;
  const all =
    items.length === inAll
      ? `All ${counted(inAll, singular, plural)}`
      : `The ${count(items.length)} most played of ${counted(inAll, singular, plural)}`;
  return (
    <details>
      <summary>{all} as a table</summary>
      <SortableTable
        id={id}
        caption={`${plural} by plays`}
        columns={columnsFor(singular, items[0]?.plays ?? 0)}
        rows={items}
        sortedBy={{ area: 'plays', direction: 'descending' }}
        pageSize={PAGE_SIZE}
        noun={noun}
        fileName={`${plural}.csv`}
        filterHint="Title, artist…"
        layout="figures"
      />
    </details>
  );
}

function columnsFor(singular: string, most: number): TableColumn<Played>[] {
  return [
    {
      title: singular === 'song' ? 'Song' : 'Artist',
      area: 'name',
      sortBy: ({ name }) => name,
      cell: ({ name, artist }) => (
        <>
          <b data-part dir="auto">
            {name}
          </b>
          {artist !== null && (
            <small data-part dir="auto">
              {artist}
            </small>
          )}
        </>
      ),
    },
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
      title: 'In the catalogue',
      area: 'found',
      numeric: true,
      firstSort: 'descending',
      sortBy: ({ found }) => found,
      cell: ({ found, plays }) => (found === 0 ? 'no' : found === plays ? 'yes' : `${count(found)} of ${count(plays)}`),
    },
  ];
}

/** Plays, with a bar as long as their share of the most. */
export function playsColumn(most: number): TableColumn<{ readonly plays: number }> {
  return {
    title: 'Plays',
    area: 'plays',
    numeric: true,
    firstSort: 'descending',
    sortBy: ({ plays }) => plays,
    cell: ({ plays }) => (
      <>
        <span data-part>{count(plays)}</span>
        <Bar share={most > 0 ? plays / most : 0} />
      </>
    ),
  };
}
