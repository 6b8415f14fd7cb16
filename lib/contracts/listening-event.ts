import { column, dataset } from './dataset.ts';
import { identifier, integer, requiredInteger, requiredText, requiredTimestamp, seconds, text, timestamp } from './fields.ts';

/** One page view of the music app, by a listener or by a visitor who is logged out. Fields it does not know are dropped. */
export const listeningEvent = dataset({
  name: 'listening_events',
  description: 'One page view of the music app a row',
  key: ['event_id'],
  columns: {
    eventId: column(text, { name: 'event_id', type: 'string', description: 'Source and line the event came from; tells duplicates' }),
    ts: column(requiredTimestamp, { name: 'ts', type: 'timestamp', description: 'When the page was viewed' }),
    userId: column(identifier, { name: 'user_id', type: 'string', description: 'Listener; null when logged out' }),
    sessionId: column(requiredInteger, { name: 'session_id', type: 'long', description: 'Visit the page view belongs to' }),
    page: column(requiredText, {
      name: 'page',
      type: 'string',
      description: 'Page viewed: NextSong, Thumbs Up, Cancellation Confirmation, …',
    }),
    auth: column(text, { name: 'auth', type: 'string', description: 'Logged In, Logged Out, Guest or Cancelled' }),
    method: column(text, { name: 'method', type: 'string', description: 'HTTP method' }),
    status: column(integer, { name: 'status', type: 'int', description: 'HTTP status' }),
    level: column(text, { name: 'level', type: 'string', description: 'Subscription at that moment: free or paid' }),
    itemInSession: column(integer, {
      name: 'item_in_session',
      type: 'int',
      description: 'Position of the page view in its session, from 0',
    }),
    location: column(text, { name: 'location', type: 'string', description: 'Metropolitan area of the listener' }),
    userAgent: column(text, { name: 'user_agent', type: 'string', description: 'Browser or device', maxBytes: 1024 }),
    lastName: column(text, { name: 'last_name', type: 'string', description: 'Family name' }),
    firstName: column(text, { name: 'first_name', type: 'string', description: 'Given name' }),
    registration: column(timestamp, { name: 'registration', type: 'timestamp', description: 'When the listener signed up' }),
    gender: column(text, { name: 'gender', type: 'string', description: 'M or F as the listener gave it' }),
    artist: column(text, { name: 'artist', type: 'string', description: 'Artist of the song played', maxBytes: 1024 }),
    song: column(text, { name: 'song', type: 'string', description: 'Title of the song played', maxBytes: 1024 }),
    length: column(seconds, { name: 'length', type: 'double', description: 'Length of the song, seconds' }),
  },
});
