import * as z from 'zod';
import { column, dataset } from './dataset.ts';
import { requiredDate, requiredInteger } from './fields.ts';

const count = (name: string, description: string) => column(requiredInteger, { name, type: 'long', description });

/** What happened in the app, a row a day (UTC) that has an event. Events count whoever caused them, everything else counts listeners only. */
export const dailyActivity = dataset({
  name: 'daily_activity',
  description: 'One row a day (UTC) with an event: what listeners did',
  key: ['activity_date'],
  columns: {
    activity_date: column(requiredDate, { name: 'activity_date', type: 'date', description: 'Day (UTC)', role: 'key' }),
    events: count('events', 'Page views, logged out ones with them'),
    logged_out_events: count('logged_out_events', 'Page views of nobody in particular: logged out'),
    listeners: count('listeners', 'Listeners with an event'),
    paid_listeners: count('paid_listeners', 'Listeners whose subscription at the end of the day was paid'),
    free_listeners: count('free_listeners', 'Listeners whose subscription at the end of the day was not paid'),
    registrations: count('registrations', 'Listeners who registered that day'),
    sessions: count('sessions', 'Sessions of listeners with an event that day; one over midnight counts on both days'),
    songs: count('songs', 'Songs started'),
    hours_listened: column(z.number(), { name: 'hours_listened', type: 'double', description: 'Length of the songs started, hours' }),
    thumbs_up: count('thumbs_up', 'Thumbs up'),
    thumbs_down: count('thumbs_down', 'Thumbs down'),
    adverts: count('adverts', 'Adverts played'),
    errors: count('errors', 'Error pages'),
    upgrades: count('upgrades', 'Upgrades confirmed'),
    downgrades: count('downgrades', 'Downgrades confirmed'),
    cancellations: count('cancellations', 'Listeners who confirmed a cancellation'),
  },
});
