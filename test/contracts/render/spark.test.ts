import { expect, test } from 'vitest';
import { churnScores } from '../../../lib/contracts/churn-scores.ts';
import { checkName } from '../../../lib/contracts/derivation.ts';
import { listeningEvent } from '../../../lib/contracts/listening-event.ts';
import { sparkContract } from '../../../lib/contracts/render/spark.ts';
import { songplays } from '../../../lib/contracts/star/songplays.ts';
import { users } from '../../../lib/contracts/star/users.ts';
import { userFeatures } from '../../../lib/contracts/user-features.ts';

const contract = sparkContract(listeningEvent);
const typesOf = ({ fields }: typeof contract.schema) => Object.fromEntries(fields.map(({ name, type }) => [name, type]));

test('Spark reads the columns of a listening event, with their names in JSON', () => {
  expect(contract.schema.type).toBe('struct');
  expect(contract.schema.fields.map(({ name, type, metadata }) => [metadata['source'], name, type])).toEqual([
    ['eventId', 'event_id', 'string'],
    ['ts', 'ts', 'timestamp'],
    ['userId', 'user_id', 'string'],
    ['sessionId', 'session_id', 'long'],
    ['page', 'page', 'string'],
    ['auth', 'auth', 'string'],
    ['method', 'method', 'string'],
    ['status', 'status', 'integer'],
    ['level', 'level', 'string'],
    ['itemInSession', 'item_in_session', 'integer'],
    ['location', 'location', 'string'],
    ['userAgent', 'user_agent', 'string'],
    ['lastName', 'last_name', 'string'],
    ['firstName', 'first_name', 'string'],
    ['registration', 'registration', 'timestamp'],
    ['gender', 'gender', 'string'],
    ['artist', 'artist', 'string'],
    ['song', 'song', 'string'],
    ['length', 'length', 'double'],
  ]);
});

test('a column says what it is, whether a message must have it, and may be null in the lake', () => {
  expect(contract.schema.fields[1]).toEqual({
    name: 'ts',
    type: 'timestamp',
    nullable: true,
    metadata: { comment: 'When the page was viewed', source: 'ts', required: true },
  });
  const required = contract.schema.fields.filter(({ metadata }) => metadata['required']).map(({ name }) => name);
  expect(required).toEqual(['ts', 'session_id', 'page']);
});

test('ingest finds the columns it adds, and those of the quarantine table', () => {
  const kafka = {
    kafka_topic: 'string',
    kafka_partition: 'integer',
    kafka_offset: 'long',
    kafka_timestamp: 'timestamp',
    ingested_at: 'timestamp',
  };
  expect(typesOf(contract.kafka)).toEqual(kafka);
  expect(typesOf(contract.quarantine)).toEqual({ reason: 'string', record_key: 'binary', record_value: 'binary', ...kafka });
});

test('a step finds what a column is for, and the key', () => {
  const roles = sparkContract(userFeatures).schema.fields.map(({ metadata }) => metadata['role']);
  expect(roles.filter((role) => role === 'label')).toHaveLength(1);
  expect(roles.filter((role) => role === 'feature').length).toBeGreaterThan(10);
  expect(sparkContract(churnScores).key).toEqual(['user_id', 'cutoff']);
});

test('the step that builds a derived table finds how its rows follow from staged ones', () => {
  const { derivation, lakePartition, schema } = sparkContract(songplays);
  expect(derivation).toEqual({
    source: 'listening_events',
    where: { column: 'page', is: 'NextSong' },
    latestBy: [],
    lookup: {
      table: 'songs',
      key: ['song_id'],
      on: [
        { column: 'song', equals: 'title' },
        { column: 'artist', equals: 'artist_name' },
      ],
      near: { column: 'length', to: 'duration', within: 1 },
    },
  });
  expect(lakePartition).toBe('months(start_time)');
  const origins = Object.fromEntries(schema.fields.map(({ name, metadata }) => [name, metadata['from']]));
  expect(origins).toMatchObject({ songplay_id: { column: 'event_id' }, song_id: { found: 'song_id' }, level: undefined });
  expect(sparkContract(users).derivation).toEqual({
    source: 'listening_events',
    where: { column: 'page', is: 'NextSong' },
    latestBy: ['ts', 'event_id'],
  });
});

test('the checks of a table are Spark SQL, each by its name', () => {
  const { checks } = sparkContract(users);
  expect(checks).toHaveLength(users.checks.length);
  for (const [index, check] of users.checks.entries()) {
    expect(checks[index]).toContain(`'${checkName(check)}'`);
    expect(checks[index]).toContain('`users`');
  }
  expect(contract.checks).toEqual([]);
});

test('a step finds the columns that staging adds', () => {
  expect(typesOf(contract.staging)).toEqual({ file_id: 'string', file_line: 'long', staged_at: 'timestamp' });
  expect(contract).not.toHaveProperty('derivation');
  expect(contract).not.toHaveProperty('lakePartition');
});

test('the rendering is JSON and comes back the same', () => {
  for (const each of [contract, sparkContract(songplays)]) expect(JSON.parse(JSON.stringify(each))).toEqual(each);
});
