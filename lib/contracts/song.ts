import type { z } from 'zod';
import { column, dataset } from './dataset.ts';
import { decimal, integer, requiredSeconds, requiredText, textOrBlank, yearOrZero } from './fields.ts';

/** One song of the catalogue. Fields it does not know are dropped. */
export const song = dataset({
  name: 'catalogue_songs',
  description: 'One song of the catalogue a row',
  key: ['song_id'],
  columns: {
    song_id: column(requiredText, { name: 'song_id', type: 'string', description: 'Song' }),
    title: column(requiredText, { name: 'title', type: 'string', description: 'Title', maxBytes: 1024 }),
    artist_id: column(requiredText, { name: 'artist_id', type: 'string', description: 'Artist' }),
    artist_name: column(requiredText, { name: 'artist_name', type: 'string', description: 'Name of the artist', maxBytes: 1024 }),
    artist_location: column(textOrBlank, {
      name: 'artist_location',
      type: 'string',
      description: 'Where the artist is from; null when unknown',
      maxBytes: 1024,
    }),
    artist_latitude: column(decimal, { name: 'artist_latitude', type: 'double', description: 'Degrees north of the equator' }),
    artist_longitude: column(decimal, { name: 'artist_longitude', type: 'double', description: 'Degrees east of Greenwich' }),
    duration: column(requiredSeconds, { name: 'duration', type: 'double', description: 'Length, seconds' }),
    year: column(yearOrZero, { name: 'year', type: 'int', description: 'Year of release; null when unknown' }),
    num_songs: column(integer, { name: 'num_songs', type: 'int', description: 'Songs in the file it came in' }),
  },
});

export type Song = z.infer<typeof song.schema>;
