import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { column, dataset, type Column, type Dataset } from '../../../lib/contracts/dataset.ts';
import { CONTRACTS } from '../../../lib/contracts/index.ts';
import { listeningEvent } from '../../../lib/contracts/listening-event.ts';
import { literal, missingColumnsDdl, quoted, sqlType, tableDdl, type SqlEngine } from '../../../lib/contracts/render/ddl.ts';
import { staged } from '../../../lib/contracts/staging.ts';
import { nextTable } from '../../../lib/warehouse/star.ts';

const about = (type: Column['type'], rest: Partial<Column> = {}): Column => ({ name: 'x', type, description: 'x', ...rest });

/** The lines of a CREATE TABLE, by the column's name. */
function columnsOf(engine: SqlEngine): Record<string, string> {
  const lines = tableDdl(engine, 'millrace', listeningEvent)[0]!.matchAll(/^ {2}(?:"(\w+)"|(PRIMARY KEY)) (.*?),?$/gm);
  return Object.fromEntries(Array.from(lines, ([, column, constraint, is]): [string, string] => [column ?? constraint!, is!]));
}

describe('the table of listening events', () => {
  const shared = {
    event_id: ['text COLLATE "C" NOT NULL', 'varchar(256) NOT NULL'],
    ts: ['timestamp with time zone', 'timestamp with time zone'],
    user_id: ['text COLLATE "C"', 'varchar(256)'],
    session_id: ['bigint', 'bigint'],
    page: ['text COLLATE "C"', 'varchar(256)'],
    auth: ['text COLLATE "C"', 'varchar(256)'],
    method: ['text COLLATE "C"', 'varchar(256)'],
    status: ['integer', 'integer'],
    level: ['text COLLATE "C"', 'varchar(256)'],
    item_in_session: ['integer', 'integer'],
    location: ['text COLLATE "C"', 'varchar(256)'],
    user_agent: ['text COLLATE "C"', 'varchar(1024)'],
    last_name: ['text COLLATE "C"', 'varchar(256)'],
    first_name: ['text COLLATE "C"', 'varchar(256)'],
    registration: ['timestamp with time zone', 'timestamp with time zone'],
    gender: ['text COLLATE "C"', 'varchar(256)'],
    artist: ['text COLLATE "C"', 'varchar(1024)'],
    song: ['text COLLATE "C"', 'varchar(1024)'],
    length: ['double precision', 'double precision'],
    'PRIMARY KEY': ['("event_id")', '("event_id")'],
  };
  test.each([
    ['postgresql', 0],
    ['redshift', 1],
  ] as const)('has these columns in %s', (engine, position) => {
    expect(columnsOf(engine)).toEqual(Object.fromEntries(Object.entries(shared).map(([name, types]) => [name, types[position]])));
  });

  test.each(['postgresql', 'redshift'] as const)('is made once and commented in %s, a statement at a time', (engine) => {
    const [create, comment, ...comments] = tableDdl(engine, 'millrace', listeningEvent);
    expect(create).toMatch(/^CREATE TABLE IF NOT EXISTS "millrace"."listening_events" \(\n/);
    expect(comment).toBe(`COMMENT ON TABLE "millrace"."listening_events" IS 'One page view of the music app a row'`);
    expect(comments).toHaveLength(19);
    expect(comments[1]).toBe(`COMMENT ON COLUMN "millrace"."listening_events"."ts" IS 'When the page was viewed'`);
  });
});

test.each([
  [about('string'), 'text', 'varchar(256)'],
  [about('string', { maxBytes: 65_535 }), 'text', 'varchar(65535)'],
  [about('int'), 'integer', 'integer'],
  [about('long'), 'bigint', 'bigint'],
  [about('double'), 'double precision', 'double precision'],
  [about('boolean'), 'boolean', 'boolean'],
  [about('timestamp'), 'timestamp with time zone', 'timestamp with time zone'],
  [about('date'), 'date', 'date'],
  [about('binary'), 'bytea', 'varbyte(16777216)'],
])('a column %j is %s in PostgreSQL and %s in Redshift', (each, postgresql, redshift) => {
  expect([sqlType('postgresql', each), sqlType('redshift', each)]).toEqual([postgresql, redshift]);
});

test.each([0, -1, 65_536, 1.5])('Redshift has no varchar of %s bytes', (maxBytes) => {
  expect(() => sqlType('redshift', about('string', { maxBytes }))).toThrow(`maxBytes of x must be 1 to 65535, got ${maxBytes}`);
});

test('every contract has DDL in both engines, with its key not null', () => {
  for (const contract of CONTRACTS) {
    for (const engine of ['postgresql', 'redshift'] as const) {
      const create = tableDdl(engine, 'millrace', contract)[0]!;
      for (const name of contract.key) expect(create).toMatch(new RegExp(`^ {2}"${name}" .* NOT NULL,$`, 'm'));
      expect(create).toContain(`PRIMARY KEY (${contract.key.map((name) => `"${name}"`).join(', ')})`);
    }
  }
});

describe('tables that pipelines work in', () => {
  const create = (engine: SqlEngine, table: Dataset) => tableDdl(engine, 'millrace', table)[0]!;

  test.each([staged(listeningEvent), nextTable(listeningEvent)])(
    '$name promises no key, as nothing has checked it, but none is null',
    (table) => {
      for (const engine of ['postgresql', 'redshift'] as const) {
        expect(create(engine, table)).not.toContain('PRIMARY KEY');
        for (const name of table.key) expect(create(engine, table)).toMatch(new RegExp(`^ {2}"${name}" .* NOT NULL,?$`, 'm'));
      }
    },
  );

  test('need no log of changes in PostgreSQL where each run makes their rows again', () => {
    expect(create('postgresql', nextTable(listeningEvent))).toMatch(
      /^CREATE UNLOGGED TABLE IF NOT EXISTS "millrace"."next_listening_events" \(/,
    );
    expect(create('postgresql', staged(listeningEvent))).toMatch(/^CREATE TABLE /);
    expect(create('redshift', nextTable(listeningEvent))).toMatch(/^CREATE TABLE /);
  });
});

describe('names and texts cannot break out', () => {
  test('a quote in a name is doubled', () => {
    expect(quoted('a"; DROP TABLE b; --')).toBe('"a""; DROP TABLE b; --"');
  });
  test('a quote in a text is doubled, and a backslash where it would escape', () => {
    expect(literal('postgresql', `O'Neill \\'; DROP`)).toBe(`'O''Neill \\''; DROP'`);
    expect(literal('redshift', `O'Neill \\'; DROP`)).toBe(`'O''Neill \\\\''; DROP'`);
  });
});

describe('columns a contract gains', () => {
  const things = dataset({
    name: 'things',
    description: 'Things',
    key: ['id'],
    columns: {
      id: column(z.int(), about('int', { name: 'id' })),
      size: column(z.number(), about('double', { name: 'size', description: 'How large' })),
      note: column(z.string(), about('string', { name: 'note', maxBytes: 9 })),
    },
  });
  test('are added one by one, as Redshift takes them, and commented', () => {
    const [size, note, ...comments] = missingColumnsDdl('redshift', 'millrace', things, ['id']);
    expect([size, note]).toEqual([
      'ALTER TABLE "millrace"."things" ADD COLUMN "size" double precision',
      'ALTER TABLE "millrace"."things" ADD COLUMN "note" varchar(9)',
    ]);
    expect(comments).toContain(`COMMENT ON COLUMN "millrace"."things"."size" IS 'How large'`);
  });
  test('are none where the table has them all', () => {
    expect(missingColumnsDdl('postgresql', 'millrace', things, ['note', 'id', 'size', 'other'])).toEqual([]);
  });
  test('cannot be part of the key', () => {
    expect(() => missingColumnsDdl('postgresql', 'millrace', things, ['size'])).toThrow(
      'the key of millrace.things must be in the table already, got the new column id',
    );
  });
});
