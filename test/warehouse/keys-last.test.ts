import { beforeEach, expect, test } from 'vitest';
import { songs } from '../../lib/contracts/star/songs.ts';
import { time } from '../../lib/contracts/star/time.ts';
import { users } from '../../lib/contracts/star/users.ts';
import { keysLast } from '../../lib/local/warehouse/keys-last.ts';
import { prepareWarehouse } from '../../lib/local/warehouse/prepare.ts';
import type { Session } from '../../lib/local/warehouse.ts';
import { describeEngines } from './engines.ts';

const KEYS = `SELECT relname AS name, pg_get_constraintdef(pg_constraint.oid) AS definition
  FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
  WHERE contype = 'p' AND relname IN ('users', 'songs', 'time') ORDER BY relname`;
const ALL = [
  { name: 'songs', definition: 'PRIMARY KEY (song_id)' },
  { name: 'time', definition: 'PRIMARY KEY (start_time)' },
  { name: 'users', definition: 'PRIMARY KEY (user_id)' },
];

describeEngines('keys that are made last', (engine) => {
  beforeEach(() => prepareWarehouse(engine.warehouse));

  const fill = (work: (session: Session, keyless: readonly string[]) => Promise<unknown>) =>
    engine.warehouse.transaction((session) =>
      keysLast(session, [users, songs, time], async (keyless) => void (await work(session, keyless))),
    );
  const addUser = (session: Session, id: string) => session.execute(`INSERT INTO millrace.users (user_id, level) VALUES ('${id}', 'free')`);

  test('are those of empty tables, and are there in the end', async () => {
    await engine.warehouse.transaction((session) => addUser(session, '1'));
    let meanwhile: unknown;
    let keyless: readonly string[] = [];
    await fill(async (session, tables) => {
      meanwhile = await session.query(KEYS);
      keyless = tables;
    });
    expect(meanwhile).toEqual([ALL[2]]);
    expect(keyless.toSorted()).toEqual(['songs', 'time']);
    expect(await engine.warehouse.query(KEYS)).toEqual(ALL);
  });

  test('refuse rows that do not have them: nothing is filled then', async () => {
    await expect(fill(async (session) => [await addUser(session, '1'), await addUser(session, '1')])).rejects.toThrow(/users_pkey|unique/);
    expect(await engine.warehouse.query('SELECT * FROM millrace.users')).toEqual([]);
    expect(await engine.warehouse.query(KEYS)).toEqual(ALL);
  });

  test('are not those that something of somebody else hangs on', async () => {
    await engine.warehouse.query('CREATE TABLE millrace.mine (user_id text COLLATE "C" REFERENCES millrace.users)');
    await engine.warehouse.query('CREATE VIEW millrace.of_songs AS SELECT song_id, title FROM millrace.songs GROUP BY song_id');
    let meanwhile: unknown;
    await fill(async (session) => (meanwhile = await session.query(KEYS)));
    expect(meanwhile).toEqual([ALL[0], ALL[2]]);
    expect(await engine.warehouse.query(KEYS)).toEqual(ALL);
  });
});
