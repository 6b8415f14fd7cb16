import { readdir, rm, rmdir } from 'node:fs/promises';
import type { Home } from '../home.ts';
import { endLeftOvers } from '../leftovers.ts';
import { takeLock } from '../lock.ts';

/** Removes all data of this machine: topics, lake, models, warehouse, generated events and the records of runs; and nothing else. */
export async function clean(home: Home): Promise<string> {
  if (!home.exists()) return `nothing to clean: ${home.root} is not there`;
  const release = await takeLock(home.lock());
  await endLeftOvers(home);
  for (const each of home.all()) await rm(each, { recursive: true, force: true });
  await release();
  const others = await readdir(home.root);
  if (others.length > 0) return `removed the data in ${home.root}; what is not Millrace's was left: ${others.join(', ')}`;
  await rmdir(home.root);
  return `removed ${home.root}`;
}
