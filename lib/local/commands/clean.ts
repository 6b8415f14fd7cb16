import { rm } from 'node:fs/promises';
import type { Home } from '../home.ts';
import { takeLock } from '../lock.ts';

/** Removes all data of this machine: topics, lake, models, warehouse, generated events and the records of runs. */
export async function clean(home: Home): Promise<string> {
  if (!home.exists()) return `nothing to clean: ${home.root} is not there`;
  await takeLock(home.lock());
  // The lock goes with the folder.
  await rm(home.root, { recursive: true, force: true });
  return `removed ${home.root}`;
}
