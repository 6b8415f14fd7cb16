import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { execaSync } from 'execa';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { prepareWarehouse } from '../../lib/local/warehouse/prepare.ts';
import { temporaryFolder } from '../support/folder.ts';
import { describeEngines } from './engines.ts';
import { runStar, starOf } from './star-run.ts';

const archive = join(import.meta.dirname, '../../../shared/data/songplays/log_data_song_data.tar.gz');
/** Known of these files from counting them by hand. */
const ROWS = { songplays: 6820, users: 96, songs: 71, artists: 69, time: 6813 };

describe.skipIf(!existsSync(archive))('the published logs and songs (skipped where ../shared/data is absent)', () => {
  const data = temporaryFolder();
  let logs: string[];
  let songs: string[];
  beforeAll(() => {
    execaSync('tar', ['-xzf', archive, '-C', data]);
    const files = (folder: string) =>
      readdirSync(join(data, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => /^[^.].*\.json$/.test(basename(name)))
        .map((name) => join(data, folder, name))
        .toSorted();
    logs = files('log_data');
    songs = files('song_data');
  });

  /** The star of all files, taken in at once. */
  let whole: Awaited<ReturnType<typeof starOf>> | undefined;

  describeEngines('the star', (engine) => {
    let folder: string;
    beforeEach(async () => {
      folder = temporaryFolder();
      await prepareWarehouse(engine.warehouse);
    });
    const run = (inputs: Record<'logs' | 'songs', readonly string[]>) => runStar({ warehouse: engine.warehouse, inputs, folder });
    const star = () => starOf(engine.warehouse);

    test('has the rows that are known, the same on every engine, and a second run changes nothing', async () => {
      expect(await run({ logs, songs })).toMatchObject({ 'stage-events': 8056, 'stage-songs': 71, ...ROWS });
      const made = await star();
      expect(Object.fromEntries(Object.entries(made).map(([name, rows]) => [name, rows.length]))).toEqual(ROWS);
      const [blank] = await engine.warehouse.query('SELECT COUNT(*) AS n FROM millrace.staged_listening_events WHERE user_id IS NULL');
      expect(blank).toEqual({ n: 286 });
      const found = made['songplays']!.filter(({ song_id: id }) => id !== null);
      expect(found.map(({ song_title: title, artist_name: artist }) => [title, artist])).toEqual([['Setanta matins', 'Elena']]);

      expect(await run({ logs, songs })).toMatchObject({ 'stage-events': 0, 'stage-songs': 0, songplays: 0, publish: 0 });
      expect(await star()).toEqual(made);
      expect(made).toEqual((whole ??= made));
    });

    test('is the same from files that overlap and come in any order, the songs last', async () => {
      const overlap = join(folder, 'overlap.json');
      writeFileSync(overlap, [logs[5]!, logs[20]!, logs[29]!].map((file) => readFileSync(file, 'utf8').trim()).join('\n'));
      await run({ logs: [overlap, ...logs.slice(20)], songs: [] });
      await run({ logs: [...logs.slice(0, 8), logs[29]!], songs: [] });
      await run({ logs: logs.slice(8, 20), songs: songs.slice(40) });
      await run({ logs: [overlap], songs });
      expect(await star()).toEqual(whole);
    });
  });
});
