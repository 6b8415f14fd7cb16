import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import pg from 'pg';
import type { Files } from './bare-copies.ts';

/** A day's file of the tutorial's logs has some 270 events, and it commits after each file. */
const EVENTS_A_FILE = 270;

const TABLES = [
  'CREATE TABLE songs (song_id text PRIMARY KEY, title text, artist_id text, year int, duration float)',
  'CREATE TABLE artists (artist_id text PRIMARY KEY, name text, location text, latitude float, longitude float)',
  'CREATE TABLE users (user_id text PRIMARY KEY, first_name text, last_name text, gender text, level text)',
  'CREATE TABLE time (start_time timestamp PRIMARY KEY, hour int, day int, week int, month int, year int, weekday int)',
  `CREATE TABLE songplays (songplay_id serial PRIMARY KEY, start_time timestamp NOT NULL, user_id text NOT NULL, level text, song_id text,
    artist_id text, session_id int, location text, user_agent text)`,
];
const TIME = 'INSERT INTO time VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING';
const USER = 'INSERT INTO users VALUES ($1, $2, $3, $4, $5) ON CONFLICT (user_id) DO UPDATE SET level = EXCLUDED.level';
const SONG = `SELECT s.song_id, a.artist_id FROM songs s JOIN artists a ON s.artist_id = a.artist_id
  WHERE s.title = $1 AND a.name = $2 AND s.duration = $3`;
const SONGPLAY = `INSERT INTO songplays (start_time, user_id, level, song_id, artist_id, session_id, location, user_agent)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`;

type Values = Readonly<Record<string, string | number | null>>;

/**
 * The way of a well-known tutorial: of each song started among the first `events`, statement after statement through a driver. Committed
 * file by file, as its script does, and then once more each statement by itself, as its notebook and drivers' defaults have it.
 */
export async function tutorialTimes(url: string, { logs, songs }: Files, events: number): Promise<{ byFile: number; byStatement: number }> {
  const log: Values[] = [];
  for await (const event of records(logs)) if (log.push(event) === events) break;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const seconds = async (inTransactions: boolean) => {
    await makeTables(client, songs);
    const began = performance.now();
    for (let at = 0; at < log.length; at += EVENTS_A_FILE) {
      if (inTransactions) await client.query('BEGIN');
      for (const event of log.slice(at, at + EVENTS_A_FILE)) if (event['page'] === 'NextSong') await insert(client, event);
      if (inTransactions) await client.query('COMMIT');
    }
    return (performance.now() - began) / 1000;
  };
  const times = { byFile: await seconds(true), byStatement: await seconds(false) };
  await client.end();
  return times;
}

async function makeTables(client: pg.Client, songs: string): Promise<void> {
  await client.query('DROP SCHEMA IF EXISTS tutorial CASCADE');
  await client.query('CREATE SCHEMA tutorial');
  await client.query('SET search_path = tutorial');
  for (const statement of TABLES) await client.query(statement);
  await client.query('BEGIN');
  for await (const song of records(songs)) {
    const { song_id, title, artist_id, artist_name, artist_location, artist_latitude, artist_longitude, duration, year } = song;
    await client.query('INSERT INTO songs VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING', [song_id, title, artist_id, year, duration]);
    const artist = [artist_id, artist_name, artist_location, artist_latitude, artist_longitude];
    await client.query('INSERT INTO artists VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING', artist);
  }
  await client.query('COMMIT');
  await client.query('ANALYZE');
}

async function insert(client: pg.Client, event: Values): Promise<void> {
  const { ts, userId, firstName, lastName, gender, level, song, artist, length, sessionId, location, userAgent } = event;
  const start = new Date(ts as number);
  const day = start.getUTCDay();
  await client.query(TIME, [start, start.getUTCHours(), start.getUTCDate(), 0, start.getUTCMonth() + 1, start.getUTCFullYear(), day]);
  await client.query(USER, [userId, firstName, lastName, gender, level]);
  const { rows } = await client.query<{ song_id: string; artist_id: string }>(SONG, [song, artist, length]);
  const [found] = rows;
  await client.query(SONGPLAY, [start, userId, level, found?.song_id, found?.artist_id, sessionId, location, userAgent]);
}

async function* records(file: string): AsyncGenerator<Values> {
  for await (const line of createInterface({ input: createReadStream(file) })) yield JSON.parse(line) as Values;
}
