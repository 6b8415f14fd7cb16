import * as z from 'zod';
import { column, dataset, type Column } from './dataset.ts';
import { requiredDate, requiredInteger, requiredText, text, timestamp } from './fields.ts';

/** A window of days that a feature looks at: the end of its name, and the words for it. */
interface Period {
  readonly suffix: string;
  readonly words: string;
}
const WEEK = period(7);
const MONTH = period(28);
/** However long ago: what a listener who was silent of late met at last. */
const DAYS_OF_USE: Period = { suffix: '_last_3_active_days', words: ' on the last 3 days of use' };

/** What a listener does or meets that is worth a rate per hour of use. */
const PAGES: Record<string, string> = {
  thumbs_up: 'thumbs up',
  thumbs_down: 'thumbs down',
  adverts: 'adverts',
  errors: 'errors',
  playlist_adds: 'songs put on a playlist',
  friend_adds: 'friends added',
  home_views: 'views of the home page',
  help_views: 'views of the help page',
  about_views: 'views of the about page',
  settings_views: 'views of the settings',
  settings_saves: 'saved settings',
  upgrade_views: 'views of the upgrade page',
  downgrade_views: 'views of the downgrade page',
  logouts: 'logouts',
};
const RECENT_RATES = ['thumbs_up', 'thumbs_down', 'adverts', 'errors'];
const RECENT_ACTS = ['playlist_adds', 'friend_adds', 'help_views', 'upgrade_views', 'downgrade_views'];
const RECENT_USE: Record<string, string> = { songs: 'songs', sessions: 'sessions', hours: 'hours of use', active_days: 'days of use' };

type Numeric = Column & { readonly type: 'int' | 'double' };

/**
 * Over the whole history, for people to read. They only grow (or, as variety, only shrink) with the days that the lake goes back, so a
 * model would take them for the calendar, and at a later cut-off be asked about values that it never saw. It gets rates.
 */
const TOTALS: readonly Numeric[] = [
  total('events', 'page views'),
  total('sessions', 'sessions'),
  total('active_days', 'days with an event'),
  total('songs', 'songs started'),
  total('distinct_artists', 'different artists'),
  total('distinct_songs', 'different song titles'),
  ...Object.entries(PAGES).map(([name, words]) => total(name, words)),
  total('upgrades', 'upgrades confirmed'),
  total('downgrades', 'downgrades confirmed'),
  total('put_200', 'PUT requests answered 200'),
  total('get_200', 'GET requests answered 200'),
  total('put_307', 'PUT requests answered 307'),
  { name: 'hours', type: 'double', description: 'hours of use before the cut-off: from first to last event of each session' },
  { name: 'seconds_listened', type: 'double', description: 'length of all songs started before the cut-off, seconds' },
  { name: 'days_observed', type: 'double', description: 'days from the first event to the cut-off' },
  { name: 'artists_per_song', type: 'double', description: 'different artists, as a share of the songs; 0 without songs' },
];

const HABITS: readonly Numeric[] = [
  feature('days_since_registration', 'days since registration', 'days from registration to the cut-off; 0 when registration is not known'),
  feature('days_since_last_event', 'days since the last visit', 'days from the last event to the cut-off'),
  { ...feature('paid', 'paid subscription', '1 when the subscription at the cut-off is paid, else 0'), type: 'int' },
  { ...feature('mobile', 'on a phone or tablet', '1 when the last known device is a phone or tablet, else 0'), type: 'int' },
  feature('sessions_per_week', 'visits a week', 'sessions a week since the first event (taken as one week at least)'),
  feature('songs_per_session', 'songs a visit', 'songs a session, mean'),
  feature('hours_per_session', 'hours a visit', 'hours of use a session, mean'),
  feature('songs_per_active_day', 'songs on a day of use', 'songs a day with an event, mean'),
  feature('active_day_share', 'share of days with a visit', 'days with an event, as a share of the days since the first event'),
  feature(
    'days_between_sessions',
    'days between visits',
    'days from the end of a session to the start of the next, mean; after a single session, the days since its end',
  ),
  feature('thumbs_up_share', 'share of thumbs that are up', 'thumbs up, as a share of all thumbs; 0 without thumbs'),
  hourly('events', 'page views'),
  ...Object.entries(PAGES).map(([name, words]) => hourly(name, words)),
];

const RECENT: readonly Numeric[] = [WEEK, MONTH].flatMap((within) => [
  ...Object.entries(RECENT_USE).map(([name, words]) => recent(name, words, within)),
  ...RECENT_RATES.map((name) => hourly(name, PAGES[name]!, within)),
]);

const RECENT_COUNTS: readonly Numeric[] = [
  ...RECENT_ACTS.map((name) => recent(name, PAGES[name]!, MONTH)),
  recent('upgrades', 'upgrades confirmed', MONTH),
  recent('downgrades', 'downgrades confirmed', MONTH),
];

const LATEST: readonly Numeric[] = [
  recent('songs', 'songs', DAYS_OF_USE),
  recent('hours', 'hours of use', DAYS_OF_USE),
  ...RECENT_RATES.map((name) => hourly(name, PAGES[name]!, DAYS_OF_USE)),
];

const TRENDS: readonly Numeric[] = ['songs', 'sessions'].flatMap((name) => [
  feature(
    `${name}_trend_7_days`,
    `${name}, this week against the month`,
    `${name} a day in the last 7 days, over the same in the last 28; 0 without ${name}`,
  ),
  feature(
    `${name}_trend_28_days`,
    `${name}, this month against all time`,
    `${name} a day in the last 28 days, over the same since the first event; 0 without ${name}`,
  ),
]);

/**
 * What is known of a listener at a cut-off from the events before it, and whether the listener then cancelled.
 * A feature is never null. Gender and place are for people: the model judges what a listener lived through, not who the listener is.
 */
export const userFeatures = dataset({
  name: 'user_features',
  description: 'One row a listener and cut-off: what was known before it, and whether the listener cancelled after it',
  key: ['user_id', 'cutoff'],
  partitionBy: ['cutoff'],
  columns: {
    user_id: column(requiredText, { name: 'user_id', type: 'string', description: 'Listener', role: 'key' }),
    cutoff: column(requiredDate, {
      name: 'cutoff',
      type: 'date',
      description: 'Midnight (UTC) the row looks back from; nothing at or after it is read',
      role: 'key',
    }),
    churned: column(z.union([z.literal(0), z.literal(1)]).nullable(), {
      name: 'churned',
      type: 'int',
      description: '1 when the listener confirmed a cancellation within the horizon after the cut-off, else 0; null while it is not over',
      role: 'label',
    }),
    first_name: column(text, { name: 'first_name', type: 'string', description: 'Given name, last known' }),
    last_name: column(text, { name: 'last_name', type: 'string', description: 'Family name, last known' }),
    gender: column(text, { name: 'gender', type: 'string', description: 'M or F, as the listener gave it' }),
    level: column(text, { name: 'level', type: 'string', description: 'Subscription at the cut-off: free or paid' }),
    location: column(text, { name: 'location', type: 'string', description: 'Metropolitan area, last known' }),
    platform: column(text, {
      name: 'platform',
      type: 'string',
      description: 'Windows, Macintosh, Linux, iPhone, iPad, Android or Other, last known',
    }),
    browser: column(text, {
      name: 'browser',
      type: 'string',
      description: 'Chrome, Firefox, Safari, Internet Explorer or Other, last known',
    }),
    last_event_at: column(timestamp, { name: 'last_event_at', type: 'timestamp', description: 'Last event before the cut-off' }),
    ...numbers([...TOTALS, ...HABITS, ...RECENT, ...RECENT_COUNTS, ...LATEST, ...TRENDS]),
  },
});

function total(name: string, words: string): Numeric {
  return { name, type: 'int', description: `${words} before the cut-off` };
}

function feature(name: string, label: string, description: string): Numeric {
  return { name, type: 'double', description, label, role: 'feature' };
}

/** A rate per hour of use. The hours count as one at least: a visit of a minute must not make a rate of hundreds. */
function hourly(name: string, words: string, within: Period = { suffix: '', words: '' }): Numeric {
  const description = `${words} an hour of use${within.words} (taken as one hour at least)`;
  return feature(`${name}_per_hour${within.suffix}`, `${words} an hour${within.words}`, description);
}

function recent(name: string, words: string, within: Period): Numeric {
  return feature(`${name}${within.suffix}`, `${words}${within.words}`, `${words}${within.words}`);
}

function period(days: number): Period {
  return { suffix: `_${days}_days`, words: ` in the last ${days} days` };
}

function numbers(columns: readonly Numeric[]) {
  const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);
  return Object.fromEntries(
    columns.map((about) => [
      about.name,
      column(about.type === 'int' ? requiredInteger : z.number(), { ...about, description: sentence(about.description) }),
    ]),
  );
}
