import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
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
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      await writeFile(file, processIdentity(process.pid) ?? String(process.pid), { flag: 'wx' });
      return () => rm(file, { force: true });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') throw notWritable(file, code);
      if (code !== 'EEXIST') throw error;
    }
    const owner = await readFile(file, 'utf8').catch(() => '');
    if (isAlive(owner)) {
      throw new UsageError(
        `data folder must be used by one run at a time, got one in process ${Number.parseInt(owner)}: wait for it or stop it`,
      );
    }
    await rm(file, { force: true });
  }
  throw new UsageError(`lock ${file} must be free, got taken by another run just now: try again`);
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
