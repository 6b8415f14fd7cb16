import { column, dataset } from '../dataset.ts';
import { decimal, requiredText, text } from '../fields.ts';
import { song } from '../song.ts';

export const artists = dataset({
  name: 'artists',
  description: 'One row an artist',
  key: ['artist_id'],
  // Of an artist's songs it goes by one; which, must not depend on the order they came in where they came together.
  derivation: { source: song, latestBy: [] },
  checks: [{ kind: 'unique', columns: ['artist_id'] }, { kind: 'not null', column: 'name' }, { kind: 'row count' }],
  columns: {
    artist_id: column(requiredText, { name: 'artist_id', type: 'string', description: 'Artist', role: 'key' }),
    name: column(requiredText, { name: 'name', type: 'string', description: 'Name', maxBytes: 1024, from: { column: 'artist_name' } }),
    location: column(text, {
      name: 'location',
      type: 'string',
      description: 'Where the artist is from; null when unknown',
      maxBytes: 1024,
      from: { column: 'artist_location' },
    }),
    latitude: column(decimal, {
      name: 'latitude',
      type: 'double',
      description: 'Degrees north of the equator; null when unknown',
      from: { column: 'artist_latitude' },
    }),
    longitude: column(decimal, {
      name: 'longitude',
      type: 'double',
      description: 'Degrees east of Greenwich; null when unknown',
      from: { column: 'artist_longitude' },
    }),
  },
});
