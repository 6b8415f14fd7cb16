import { column, dataset } from '../dataset.ts';
import { requiredText, text, timestamp } from '../fields.ts';
import { listeningEvent } from '../listening-event.ts';
import { NEXT_SONG } from './songplays.ts';

export const users = dataset({
  name: 'users',
  description: 'One row a listener who played a song, as of the last song played',
  key: ['user_id'],
  derivation: { source: listeningEvent, where: NEXT_SONG, latestBy: ['ts', 'event_id'] },
  checks: [{ kind: 'unique', columns: ['user_id'] }, { kind: 'not null', column: 'level' }, { kind: 'row count' }],
  columns: {
    user_id: column(requiredText, { name: 'user_id', type: 'string', description: 'Listener', role: 'key' }),
    first_name: column(text, { name: 'first_name', type: 'string', description: 'Given name' }),
    last_name: column(text, { name: 'last_name', type: 'string', description: 'Family name' }),
    gender: column(text, { name: 'gender', type: 'string', description: 'M or F as the listener gave it' }),
    level: column(text, { name: 'level', type: 'string', description: 'Subscription at the last song played: free or paid' }),
    registration: column(timestamp, { name: 'registration', type: 'timestamp', description: 'When the listener signed up' }),
  },
});
