import type { TimePart } from '../derivation.ts';
import { column, dataset } from '../dataset.ts';
import { requiredInteger, requiredTimestamp } from '../fields.ts';
import { listeningEvent } from '../listening-event.ts';
import { NEXT_SONG } from './songplays.ts';

const part = (name: TimePart, description: string) =>
  column(requiredInteger, { name, type: 'int', description, from: { part: name, of: 'ts' } });

export const time = dataset({
  name: 'time',
  description: 'One row an instant at which a song was started',
  key: ['start_time'],
  lakePartition: 'months(start_time)',
  derivation: { source: listeningEvent, where: NEXT_SONG, latestBy: [] },
  checks: [{ kind: 'unique', columns: ['start_time'] }, { kind: 'row count' }],
  columns: {
    start_time: column(requiredTimestamp, {
      name: 'start_time',
      type: 'timestamp',
      description: 'Start of the song',
      role: 'key',
      from: { column: 'ts' },
    }),
    hour: part('hour', 'Hour of the day (UTC), 0 to 23'),
    day: part('day', 'Day of the month (UTC)'),
    week: part('week', 'Week of the year by ISO 8601 (UTC)'),
    month: part('month', 'Month (UTC), 1 to 12'),
    year: part('year', 'Year (UTC)'),
    weekday: part('weekday', 'Day of the week (UTC), 0 (Sunday) to 6'),
  },
});
