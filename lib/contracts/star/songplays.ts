import { column, dataset } from '../dataset.ts';
import { decimal, integer, requiredInteger, requiredText, requiredTimestamp, text } from '../fields.ts';
import { listeningEvent } from '../listening-event.ts';
import { songs } from './songs.ts';

/** The page view by which a song is started. */
export const NEXT_SONG = { column: 'page', is: 'NextSong' };

/** The fact: one row a song started, whether or not the catalogue knows the song. */
export const songplays = dataset({
  name: 'songplays',
  description: 'One row a song started by a listener',
  key: ['songplay_id'],
  lakePartition: 'months(start_time)',
  derivation: {
    source: listeningEvent,
    where: NEXT_SONG,
    latestBy: [],
    lookup: {
      table: songs,
      on: [
        { column: 'song', equals: 'title' },
        { column: 'artist', equals: 'artist_name' },
      ],
      // The log writes a song's length as the catalogue does, but other sources round it to seconds.
      near: { column: 'length', to: 'duration', within: 1 },
    },
  },
  checks: [
    { kind: 'unique', columns: ['songplay_id'] },
    { kind: 'not null', column: 'start_time' },
    { kind: 'references', column: 'start_time', table: 'time', to: 'start_time' },
    { kind: 'references', column: 'user_id', table: 'users', to: 'user_id' },
    { kind: 'references', column: 'song_id', table: 'songs', to: 'song_id' },
    { kind: 'references', column: 'artist_id', table: 'artists', to: 'artist_id' },
    { kind: 'row count' },
    { kind: 'fresh', column: 'start_time', sourceColumn: 'ts', withinMinutes: 0 },
  ],
  columns: {
    songplay_id: column(requiredText, {
      name: 'songplay_id',
      type: 'string',
      description: 'Song started: the id of its event',
      role: 'key',
      from: { column: 'event_id' },
    }),
    start_time: column(requiredTimestamp, {
      name: 'start_time',
      type: 'timestamp',
      description: 'When the song was started',
      from: { column: 'ts' },
    }),
    user_id: column(text, { name: 'user_id', type: 'string', description: 'Listener' }),
    level: column(text, { name: 'level', type: 'string', description: 'Subscription at that moment: free or paid' }),
    song_id: column(text, {
      name: 'song_id',
      type: 'string',
      description: 'Song; null where the catalogue has none of that title, artist and length',
      from: { found: 'song_id' },
    }),
    artist_id: column(text, { name: 'artist_id', type: 'string', description: 'Artist of that song', from: { found: 'artist_id' } }),
    session_id: column(requiredInteger, { name: 'session_id', type: 'long', description: 'Visit' }),
    item_in_session: column(integer, {
      name: 'item_in_session',
      type: 'int',
      description: 'Position of the page view in its session, from 0',
    }),
    location: column(text, { name: 'location', type: 'string', description: 'Metropolitan area of the listener' }),
    user_agent: column(text, { name: 'user_agent', type: 'string', description: 'Browser or device', maxBytes: 1024 }),
    song_title: column(text, {
      name: 'song_title',
      type: 'string',
      description: 'Title as the log has it',
      maxBytes: 1024,
      from: { column: 'song' },
    }),
    artist_name: column(text, {
      name: 'artist_name',
      type: 'string',
      description: 'Artist as the log has it',
      maxBytes: 1024,
      from: { column: 'artist' },
    }),
    length: column(decimal, { name: 'length', type: 'double', description: 'Length as the log has it, seconds' }),
  },
});
