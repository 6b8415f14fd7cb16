import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whether process `pid` was started with `argument` on its command line: a pid alone may be anybody's by now. */
export function isRunningWith(pid: number, argument: string): boolean {
  return (procFile(pid, 'cmdline') ?? '').split('\0').includes(argument);
}

/** Tells a process from a later one with the same pid. Undefined where there is no such process. */
export function processIdentity(pid: number): string | undefined {
  const started = afterName(pid)?.[19]; // the 22nd field of /proc/<pid>/stat is the start time
  return started === undefined ? undefined : `${pid}@${started}`;
}

/** Processes that `pid` has started and that are there; none where there is no /proc. */
export function childrenOf(pid: number): number[] {
  const numbers = namesIn('/proc').filter((name) => /^\d+$/.test(name));
  return numbers.map(Number).filter((each) => Number(afterName(each)?.[1]) === pid);
}

/**
 * Asks a process (or a process group: its leader's pid, negative) to end, and kills it when it has not after `graceMs`.
 * Resolves when it is gone; one that is not there is fine.
 */
export async function terminate(pid: number, graceMs: number): Promise<void> {
  send(pid, 'SIGTERM');
  if (await isGoneWithin(pid, graceMs)) return;
  send(pid, 'SIGKILL');
  if (!(await isGoneWithin(pid, 5_000))) throw new Error(`process ${pid} must be gone after SIGKILL, got a process that is still there`);
}

/** Sends a signal; a process that is gone is no error. */
export function send(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function isGoneWithin(pid: number, ms: number): Promise<boolean> {
  for (const until = Date.now() + ms; Date.now() < until; await sleep(20)) if (isGone(pid)) return true;
  return false;
}

/** A zombie is gone too: in a container nobody may ever reap an orphan. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return true;
  }
  return afterName(pid)?.[0] === 'Z';
}

/** The fields of /proc/<pid>/stat from the state on: the name before them is in brackets and may hold anything. */
function afterName(pid: number): string[] | undefined {
  const stat = procFile(pid, 'stat');
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function procFile(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
