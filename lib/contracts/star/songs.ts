import { column, dataset } from '../dataset.ts';
import { integer, requiredDecimal, requiredText } from '../fields.ts';
import { song } from '../song.ts';

export const songs = dataset({
  name: 'songs',
  description: 'One row a song',
  key: ['song_id'],
  lakePartition: 'year',
  derivation: { source: song, latestBy: [] },
  checks: [
    { kind: 'unique', columns: ['song_id'] },
    { kind: 'not null', column: 'title' },
    { kind: 'not null', column: 'duration' },
    { kind: 'references', column: 'artist_id', table: 'artists', to: 'artist_id' },
    { kind: 'row count' },
  ],
  columns: {
    song_id: column(requiredText, { name: 'song_id', type: 'string', description: 'Song', role: 'key' }),
    title: column(requiredText, { name: 'title', type: 'string', description: 'Title', maxBytes: 1024 }),
    artist_id: column(requiredText, { name: 'artist_id', type: 'string', description: 'Artist' }),
    artist_name: column(requiredText, {
      name: 'artist_name',
      type: 'string',
      description: 'Name of the artist on this song',
      maxBytes: 1024,
    }),
    year: column(integer, { name: 'year', type: 'int', description: 'Year of release; null when unknown' }),
    duration: column(requiredDecimal, { name: 'duration', type: 'double', description: 'Length, seconds' }),
  },
});
