import { setTimeout as sleep } from 'node:timers/promises';

/** Shortest wait: events are let through in bursts of this length, not one by one. */
const BURST_MS = 100;

/** Holds events back to a rate. */
export class Pace {
  private readonly startedAt = performance.now();

  /** @param rate events per second; 0 is no limit */
  constructor(private readonly rate: number) {}

  /** Milliseconds by which it is too early for the event after `count` others. */
  early(count: number): number {
    if (this.rate === 0) return 0;
    const due = this.startedAt + (count / this.rate) * 1000 - performance.now();
    return due <= 0 ? 0 : Math.max(due, BURST_MS);
  }
}

/** Waits so long, or until aborted; that is no error here. */
export async function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, { ...(signal && { signal }) }).catch(() => {});
}
