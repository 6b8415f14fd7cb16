import { readFileSync } from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import { prepareWarehouse } from '../../lib/local/warehouse/prepare.ts';
import { VIEWS, viewStatements } from '../../lib/warehouse/views.ts';
import { describeEngines } from './engines.ts';

const ROWS = [
  `INSERT INTO millrace.songs (song_id, title, artist_id, artist_name, year, duration) VALUES ('S1', 'Known', 'A1', 'Band', 1999, 120)`,
  `INSERT INTO millrace.artists (artist_id, name, location) VALUES ('A1', 'Band', 'Oslo')`,
  `INSERT INTO millrace.users (user_id, first_name, level) VALUES ('1', 'Ann', 'paid'), ('2', 'Bo', 'free')`,
  `INSERT INTO millrace.time (start_time, hour, day, week, month, year, weekday) VALUES
    ('2018-11-01T23:30:00Z', 23, 1, 44, 11, 2018, 4), ('2018-11-02T00:10:00Z', 0, 2, 44, 11, 2018, 5)`,
  `INSERT INTO millrace.songplays (songplay_id, start_time, user_id, level, song_id, artist_id, session_id, song_title, artist_name, length) VALUES
    ('p1', '2018-11-01T23:30:00Z', '1', 'free', 'S1', 'A1', 7, 'Known', 'Band', 120),
    ('p2', '2018-11-02T00:10:00Z', '1', 'paid', NULL, NULL, 7, 'Unknown', 'Nobody', 240),
    ('p3', '2018-11-02T00:10:00Z', '2', 'free', 'S1', 'A1', 8, 'Known', 'Band', 120),
    ('p4', '2018-11-02T00:10:00Z', NULL, 'free', NULL, NULL, 9, 'Unknown', 'Nobody', 240)`,
  ...['2018-11-01', '2018-11-06'].map(
    (
      cutoff,
      at,
    ) => `INSERT INTO millrace.churn_scores (user_id, cutoff, horizon_days, probability, threshold, at_risk, reason_1, model_version, scored_at)
    VALUES ('1', '${cutoff}', 10, ${0.2 + at * 0.5}, 0.5, ${at === 1}, 'sessions', 'v1', '2018-11-07T00:00:00Z')`,
  ),
];

/** The queries of the README. */
const questions = [...readFileSync('README.md', 'utf8').matchAll(/^```sql\n([\s\S]*?)^```/gm)].map(([, query]) => query!);

describeEngines('views', (engine) => {
  beforeEach(async () => {
    await prepareWarehouse(engine.warehouse);
    for (const statement of ROWS) await engine.warehouse.query(statement);
    // Made again over what is there, as each run does.
    await prepareWarehouse(engine.warehouse);
  });

  test('have the columns that are documented, each with its comment', async () => {
    for (const { name, columns, description } of VIEWS) {
      const found = await engine.warehouse.query<{ name: string; comment: string | null }>(
        `SELECT attname AS name, col_description(attrelid, attnum) AS comment FROM pg_attribute
          WHERE attrelid = CAST($1 AS regclass) AND attnum > 0 ORDER BY attnum`,
        [`millrace.${name}`],
      );
      expect(found).toEqual(Object.entries(columns).map(([column, comment]) => ({ name: column, comment })));
      const [about] = await engine.warehouse.query(`SELECT obj_description(CAST($1 AS regclass)) AS text`, [`millrace.${name}`]);
      expect(about).toEqual({ text: description });
    }
  });

  test('listening has a row a songplay, with the level of then and now, and the last score of the listener', async () => {
    const rows = await engine.warehouse.query(
      `SELECT songplay_id, day, hour, song, artist, level, level_now, song_year, artist_location, minutes, churn_probability, churn_at_risk
        FROM millrace.listening ORDER BY songplay_id`,
    );
    const score = { churn_probability: 0.7, churn_at_risk: true };
    const none = { churn_probability: null, churn_at_risk: null };
    const known = { song: 'Known', artist: 'Band', song_year: 1999, artist_location: 'Oslo', minutes: 2 };
    const unknown = { song: 'Unknown', artist: 'Nobody', song_year: null, artist_location: null, minutes: 4 };
    expect(rows).toEqual([
      { songplay_id: 'p1', day: '2018-11-01', hour: 23, level: 'free', level_now: 'paid', ...known, ...score },
      { songplay_id: 'p2', day: '2018-11-02', hour: 0, level: 'paid', level_now: 'paid', ...unknown, ...score },
      { songplay_id: 'p3', day: '2018-11-02', hour: 0, level: 'free', level_now: 'free', ...known, ...none },
      { songplay_id: 'p4', day: '2018-11-02', hour: 0, level: 'free', level_now: null, ...unknown, ...none },
    ]);
  });

  test('listeners sums each one up', async () => {
    const rows = await engine.warehouse.query(
      'SELECT user_id, plays, hours, sessions, days, songs, churn_reason_1, churn_probability FROM millrace.listeners ORDER BY user_id',
    );
    expect(rows).toEqual([
      { user_id: '1', plays: 2, hours: 0.1, sessions: 1, days: 2, songs: 2, churn_reason_1: 'sessions', churn_probability: 0.7 },
      { user_id: '2', plays: 1, hours: 120 / 3600, sessions: 1, days: 1, songs: 1, churn_reason_1: null, churn_probability: null },
    ]);
  });

  test('answer what the README asks', async () => {
    expect(questions.length).toBeGreaterThan(3);
    await engine.warehouse.query('SET search_path TO millrace');
    for (const question of questions) expect((await engine.warehouse.query(question)).length, question).toBeGreaterThan(0);
  });

  test('daily_listening has a row a day and subscription', async () => {
    const rows = await engine.warehouse.query(
      'SELECT day, level, plays, listeners, sessions, plays_of_known_songs FROM millrace.daily_listening ORDER BY day, level',
    );
    expect(rows).toEqual([
      { day: '2018-11-01', level: 'free', plays: 1, listeners: 1, sessions: 1, plays_of_known_songs: 1 },
      { day: '2018-11-02', level: 'free', plays: 2, listeners: 1, sessions: 2, plays_of_known_songs: 1 },
      { day: '2018-11-02', level: 'paid', plays: 1, listeners: 1, sessions: 1, plays_of_known_songs: 0 },
    ]);
  });
});

test('Redshift gets the same query, and makes the view anew: it replaces none whose columns are others', () => {
  for (const view of VIEWS) {
    const [create] = viewStatements('postgresql', view);
    const [drop, made, comment, ...more] = viewStatements('redshift', view);
    expect(drop).toBe(`DROP VIEW IF EXISTS millrace."${view.name}"`);
    expect(made).toBe(create!.replace('CREATE OR REPLACE VIEW', 'CREATE VIEW'));
    expect(comment).toMatch(/^COMMENT ON VIEW/);
    expect(more).toEqual([]);
  }
});
