import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** A line a class. */
const HISTOGRAM_BYTES = 64 * 1024 * 1024;

/** Megabytes that the processes of a step hold. */
export interface Memory {
  /** What is still in use after a full collection: heap, and classes. The heap that a JVM has taken from the system tells nothing: it takes what it may. */
  readonly jvm: number;
  /** Resident, of driver and workers; pages that workers share are counted for each. */
  readonly python: number;
  /** Resident, of all. */
  readonly resident: number;
}

/** @param session its leader: the Python workers are a process group of their own, but of the same session */
export function memoryOf(session: number): Memory {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => processOf(pid) ?? [])
    .filter((each) => each.session === session);
  const sum = (of: typeof all) => of.reduce((total, { kb }) => total + kb, 0) / 1024;
  const java = all.filter(({ name }) => name === 'java');
  return {
    jvm: java.reduce((total, { pid }) => total + liveKb(pid), 0) / 1024,
    python: sum(all.filter(({ name }) => name.startsWith('python'))),
    resident: sum(all),
  };
}

function processOf(pid: string) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    // State, parent, group, session.
    const session = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]);
    const kb = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    return { pid, name, session, kb };
  } catch {
    return undefined; // it ended between two looks
  }
}

function liveKb(pid: string): number {
  const jcmd = (command: string) => execFileSync('jcmd', [pid, command], { encoding: 'utf8', maxBuffer: HISTOGRAM_BYTES });
  // It collects, and counts at the same moment: nothing is made in between. The last line is `Total <objects> <bytes>`.
  const heap = Number(/^Total\s+\d+\s+(\d+)/m.exec(jcmd('GC.class_histogram'))![1]) / 1024;
  // The class space is part of the metaspace.
  const classes = Number(/Metaspace\s+used (\d+)K/.exec(jcmd('GC.heap_info'))![1]);
  return heap + classes;
}
