import { literal, quoted, type SqlEngine } from '../contracts/render/ddl.ts';
import { sqlFile } from './sql-file.ts';
import { SCHEMA } from './statements.ts';

/** A flat table for people and their tools, made of the tables as it is read. `views/<name>.sql` is its query. */
export interface View {
  readonly name: string;
  readonly description: string;
  /** What each column is, in the order of the query. */
  readonly columns: Readonly<Record<string, string>>;
}

const CHURN = {
  churn_probability: "Probability of leaving by the listener's last churn score; null where there is none",
  churn_at_risk: 'Whether that probability reaches the threshold',
  churn_cutoff: 'Midnight (UTC) that score looks forward from',
};

const listening: View = {
  name: 'listening',
  description: 'One row a song played, with all that is known of song, listener and time',
  columns: {
    songplay_id: 'Song started',
    start_time: 'When the song was started',
    day: 'Day (UTC)',
    year: 'Year (UTC)',
    month: 'Month (UTC), 1 to 12',
    week: 'Week of the year by ISO 8601 (UTC)',
    weekday: 'Day of the week (UTC), 0 (Sunday) to 6',
    hour: 'Hour of the day (UTC), 0 to 23',
    session_id: 'Visit',
    user_id: 'Listener',
    first_name: 'Given name',
    last_name: 'Family name',
    gender: 'M or F as the listener gave it',
    level: 'Subscription at that moment: free or paid',
    level_now: 'Subscription at the last song played',
    location: 'Metropolitan area of the listener',
    user_agent: 'Browser or device',
    song: 'Title, by the catalogue where it knows the song',
    artist: 'Artist, by the catalogue where it knows the song',
    minutes: 'Length of the song, minutes',
    song_id: 'Song; null where the catalogue does not know it',
    artist_id: 'Artist; null where the catalogue does not know the song',
    song_year: 'Year of release; null when unknown',
    artist_location: 'Where the artist is from; null when unknown',
    artist_latitude: 'Degrees north of the equator; null when unknown',
    artist_longitude: 'Degrees east of Greenwich; null when unknown',
    ...CHURN,
  },
};

const listeners: View = {
  name: 'listeners',
  description: 'One row a listener who played a song: listening so far, and the last churn score',
  columns: {
    user_id: 'Listener',
    first_name: 'Given name',
    last_name: 'Family name',
    gender: 'M or F as the listener gave it',
    level: 'Subscription at the last song played',
    registration: 'When the listener signed up',
    plays: 'Songs started',
    hours: 'Length of the songs started, hours',
    sessions: 'Visits with a song',
    days: 'Days (UTC) with a song',
    songs: 'Different songs',
    first_played: 'When the first song was started',
    last_played: 'When the last song was started',
    churn_probability: CHURN.churn_probability,
    churn_at_risk: CHURN.churn_at_risk,
    churn_reason_1: 'Feature that raises the risk most; null when none does',
    churn_reason_2: 'Feature that raises the risk most after that',
    churn_reason_3: 'Feature that raises the risk most after those',
    churn_cutoff: CHURN.churn_cutoff,
  },
};

const dailyListening: View = {
  name: 'daily_listening',
  description: 'One row a day (UTC) and subscription with a song played',
  columns: {
    day: 'Day (UTC)',
    level: 'Subscription at that moment: free or paid',
    plays: 'Songs started',
    listeners: 'Listeners who started one',
    sessions: 'Visits with a song',
    hours: 'Length of the songs started, hours',
    plays_of_known_songs: 'Songs started that the catalogue knows',
  },
};

/** Every view there is. Their queries are the same on every engine. */
export const VIEWS: readonly View[] = [listening, listeners, dailyListening];

/**
 * Makes a view what its file says; to be run as one transaction. PostgreSQL replaces it in place, so that what people hung on it stays: columns
 * are therefore added at the end only. Redshift replaces none whose columns are others, so there it is made anew, and a view of one's own
 * on it should be made `WITH NO SCHEMA BINDING`; it documents the view, not its columns.
 */
export function viewStatements(engine: SqlEngine, { name, description, columns }: View): string[] {
  const view = `${SCHEMA}.${quoted(name)}`;
  const [query] = sqlFile(`views/${name}.sql`, {});
  const comment = `COMMENT ON VIEW ${view} IS ${literal(engine, description)}`;
  if (engine === 'redshift') return [dropView({ name }), `CREATE VIEW ${view} AS\n${query}`, comment];
  const ofColumns = Object.entries(columns).map(
    ([column, about]) => `COMMENT ON COLUMN ${view}.${quoted(column)} IS ${literal(engine, about)}`,
  );
  return [`CREATE OR REPLACE VIEW ${view} AS\n${query}`, comment, ...ofColumns];
}

export function dropView({ name }: Pick<View, 'name'>): string {
  return `DROP VIEW IF EXISTS ${SCHEMA}.${quoted(name)}`;
}
