/** How long a process may take to end by itself once asked, before it is killed. */
const STOP_MS = 15_000;

/**
 * Asks a process group (a child started with `detached: true`) to end, and kills it when it does not.
 * @returns what calls the killing off, for when it has ended
 */
export function stopGroup(pid: number | undefined, afterMs = STOP_MS): () => void {
  signalGroup(pid, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), afterMs);
  return () => clearTimeout(timer);
}

/** Sends a signal to a whole process group; one that is gone already is fine. */
export function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
