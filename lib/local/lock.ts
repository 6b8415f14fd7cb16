import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from '../cli/failures.ts';
import { processIdentity } from './process.ts';

/**
 * Takes the folder for this process, so that two runs never write the same lake. A lock whose process is gone
 * (killed, machine restarted) is taken over.
 * @returns what gives the lock back
 */
export async function takeLock(file: string): Promise<() => Promise<void>> {
  await mkdir(dirname(file), { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw notWritable(file, error.code);
  });
  const identity = processIdentity(process.pid) ?? String(process.pid);
  // Written first and linked then: a lock is never there without its owner in it.
  const written = `${file}.${randomUUID()}`;
  try {
    await writeFile(written, identity);
    for (let attempt = 0; attempt < 2; attempt++) {
      if (await isLinked(written, file)) return () => removeLockOf(identity, file);
      const owner = await ownerOf(file);
      if (owner === undefined) continue;
      if (isAlive(owner)) {
        throw new UsageError(
          `data folder must be used by one run at a time, got one in process ${Number.parseInt(owner)}: wait for it or stop it`,
        );
      }
      // One at a time, by a lock of its own: of two that had both seen a stale lock, the second would remove the first one's new lock.
      const release = await takeLock(`${file}.takeover`);
      await removeLockOf(owner, file).finally(release);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'EACCES' || code === 'EROFS' || code === 'EPERM' ? notWritable(file, code) : error;
  } finally {
    await rm(written, { force: true });
  }
  throw new UsageError(`lock ${file} must be free, got taken by another run just now: try again`);
}

/** Links a file to the lock's name, which only one can: false where there is a lock. */
async function isLinked(written: string, file: string): Promise<boolean> {
  try {
    await link(written, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** What stands in a lock; undefined where it was given back just now. */
const ownerOf = (file: string) => readFile(file, 'utf8').catch(() => undefined);

async function removeLockOf(owner: string, file: string): Promise<void> {
  if ((await ownerOf(file)) === owner) await rm(file, { force: true });
}

function notWritable(file: string, reason: string | undefined): UsageError {
  return new UsageError(`data folder must be one that can be written, got ${dirname(file)}: ${reason}`);
}

/** Whether the process that took a lock is still there; where there is no /proc, any process with its number counts. */
function isAlive(owner: string): boolean {
  const pid = Number.parseInt(owner);
  if (!(pid > 0)) return false;
  if (owner.includes('@')) return processIdentity(pid) === owner;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
