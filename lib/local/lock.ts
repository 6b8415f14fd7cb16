import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from './failures.ts';

/**
 * Takes the folder for this process, so that two runs never write the same lake. A lock whose process is gone
 * (killed, machine restarted) is taken over.
 * @returns what gives the lock back
 */
export async function takeLock(file: string): Promise<() => Promise<void>> {
  await mkdir(dirname(file), { recursive: true });
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      await writeFile(file, `${process.pid}\n`, { flag: 'wx' });
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = Number(await readFile(file, 'utf8').catch(() => ''));
    if (owner > 0 && (await isMillrace(owner))) {
      throw new UsageError(`data folder must be used by one run at a time, got one in process ${owner}: wait for it or stop it`);
    }
    await rm(file, { force: true });
  }
  throw new UsageError(`lock ${file} must be free, got taken by another run just now: try again`);
}

/** Is a process of ours alive under this id? After a restart the number may belong to somebody else. */
async function isMillrace(pid: number): Promise<boolean> {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  // Where there is no /proc, a live process with that number counts as ours.
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'millrace');
  return /millrace|vitest/.test(commandLine);
}
