import { expect, test } from 'vitest';
import type { Dataset } from '../../lib/contracts/dataset.ts';
import { listeningEvent } from '../../lib/contracts/listening-event.ts';
import { songplays } from '../../lib/contracts/star/songplays.ts';
import { users } from '../../lib/contracts/star/users.ts';
import { sqlFile } from '../../lib/warehouse/sql-file.ts';
import { buildStatements } from '../../lib/warehouse/star.ts';

test('fails when a table is to be built that follows from nothing', () => {
  expect(() => buildStatements(listeningEvent)).toThrow('listening_events must have a derivation, got none');
});

test('fails when rows of a key are to be compared by a column that may be null', () => {
  const table: Dataset = { ...users, derivation: { ...users.derivation!, latestBy: ['registration', 'ts'] } };
  expect(() => buildStatements(table)).toThrow('latestBy of users must begin with a required column of listening_events, got registration');
});

test('fails when a published row would not hold what it is looked up by', () => {
  const table = { ...songplays, fields: songplays.fields.filter(({ name }) => name !== 'length' && name !== 'song_title') };
  expect(() => buildStatements(table)).toThrow('columns of songplays must hold what its rows are looked up by, got none for song, length');
});

test('fails when a variable of an SQL file is not given', () => {
  expect(() => sqlFile('star/candidate.sql', { columns: ['a'] })).toThrow('variables of star/candidate.sql must hold next, got columns');
});

test('a value in an SQL file is not read as a variable itself', () => {
  const [count] = sqlFile('count-rows.sql', { table: [`x:"table"`] });
  expect(count).toBe('SELECT count(*) AS row_count FROM millrace."x:""table"""');
});
