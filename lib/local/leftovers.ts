import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stopLeftOverBroker } from './broker.ts';
import type { Home } from './home.ts';
import { processIdentity, terminate } from './process.ts';

/** How long a Spark step that nobody waits for any more may take to end. */
const STOP_MS = 10_000;

interface Remembered {
  readonly process: string;
  readonly owner: string;
}

/**
 * Writes down a process group that this process has started: when we are killed it lives on, and a step that goes on writing beside
 * the next run's would double rows.
 * @returns what forgets it again, once it has ended
 */
export async function remember(home: Home, leader: number): Promise<() => Promise<void>> {
  const file = join(home.running(), String(leader));
  const [process_, owner] = [processIdentity(leader), processIdentity(process.pid)];
  // Without /proc a process cannot be told from a later one with its number, and none is ended on a guess.
  if (!process_ || !owner) return () => Promise.resolve();
  await mkdir(home.running(), { recursive: true });
  await writeFile(file, JSON.stringify({ process: process_, owner } satisfies Remembered));
  return () => rm(file, { force: true });
}

/** Ends what runs that were killed have left: their Spark steps first, then their broker. */
export async function endLeftOvers(home: Home): Promise<void> {
  const names = await readdir(home.running()).catch(() => []);
  for (const name of names) {
    const file = join(home.running(), name);
    const left = await readRemembered(file);
    const [leader, owner] = [left?.process, left?.owner].map((identity) => Number.parseInt(identity ?? ''));
    if (left && leader && owner) {
      if (processIdentity(owner) === left.owner) continue; // a query that is running now
      if (processIdentity(leader) === left.process) await terminate(-leader, STOP_MS);
    }
    await rm(file, { force: true });
  }
  await stopLeftOverBroker(home.root);
}

async function readRemembered(file: string): Promise<Remembered | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Remembered;
  } catch {
    return undefined; // cut off while it was written: nothing had begun
  }
}
