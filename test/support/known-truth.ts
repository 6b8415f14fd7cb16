import { readFileSync } from 'node:fs';

/** What the star of some files must hold, counted in the plainest way there is. */
export interface KnownTruth {
  readonly events: number;
  readonly songs: number;
  /** Plays whose song is in the catalogue, by title, artist and length within a second. */
  readonly matched: number;
  /** Rows of each table. */
  readonly tables: Readonly<Record<'songplays' | 'users' | 'songs' | 'artists' | 'time', number>>;
}

interface Event {
  readonly page: string;
  readonly ts: number;
  readonly userId: string;
  readonly song: string;
  readonly artist: string;
  readonly length: number;
}

interface Song {
  readonly song_id: string;
  readonly artist_id: string;
  readonly title: string;
  readonly artist_name: string;
  readonly duration: number;
}

export function knownTruth(eventsFile: string, songsFile: string): KnownTruth {
  const events = rowsOf<Event>(eventsFile);
  const songs = rowsOf<Song>(songsFile);
  const plays = events.filter(({ page }) => page === 'NextSong');
  const distinct = (values: readonly unknown[]) => new Set(values).size;
  const byTitle = new Map<string, Song[]>();
  for (const song of songs) byTitle.set(song.title, [...(byTitle.get(song.title) ?? []), song]);
  const isKnown = ({ song, artist, length }: Event) =>
    byTitle.get(song)?.some(({ artist_name, duration }) => artist_name === artist && Math.abs(duration - length) <= 1);
  return {
    events: events.length,
    songs: songs.length,
    matched: plays.filter(isKnown).length,
    tables: {
      songplays: plays.length,
      users: distinct(plays.map(({ userId }) => userId)),
      songs: distinct(songs.map(({ song_id }) => song_id)),
      artists: distinct(songs.map(({ artist_id }) => artist_id)),
      time: distinct(plays.map(({ ts }) => ts)),
    },
  };
}

function rowsOf<Row>(file: string): Row[] {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
}
