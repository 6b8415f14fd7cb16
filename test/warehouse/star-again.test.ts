import { expect, test } from 'vitest';
import { listeningEvent } from '../../lib/contracts/listening-event.ts';
import { prepareWarehouse } from '../../lib/local/warehouse/prepare.ts';
import { describeEngines } from './engines.ts';
import { stageRows } from './staged-rows.ts';
import { runStar, starOf } from './star-run.ts';

const play = (ts: number, userId: string) => ({ ts, userId, sessionId: 1, itemInSession: 1, page: 'NextSong', level: 'free', gender: 'F' });

describeEngines('a contract that has changed since the last run', (engine) => {
  test.each([
    ['a new table is filled', 'DROP TABLE millrace.users CASCADE'],
    ['a new column is filled', 'ALTER TABLE millrace.users DROP COLUMN gender CASCADE'],
  ])('%s from all that was staged, without a new file', async (_, undo) => {
    await prepareWarehouse(engine.warehouse);
    await stageRows(engine.warehouse, {
      source: listeningEvent,
      file: 'one',
      records: [play(1_541_000_000_000, '1'), play(1_541_000_000_001, '2')],
    });
    await runStar({ warehouse: engine.warehouse });
    const before = await starOf(engine.warehouse);
    expect(before['users']).toHaveLength(2);

    // What the warehouse was before the contract had it.
    await engine.warehouse.query(undo);
    await prepareWarehouse(engine.warehouse);
    await runStar({ warehouse: engine.warehouse });
    const byName = (rows: readonly object[] | undefined) => rows?.map((row) => Object.fromEntries(Object.entries(row).toSorted()));
    const after = await starOf(engine.warehouse);
    for (const name of Object.keys(before)) expect(byName(after[name]), name).toEqual(byName(before[name]));
  });
});
