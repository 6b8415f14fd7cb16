import type { Home } from '../../lib/local/home.ts';

/** What commands work in. */
export interface Surroundings {
  /** Where this machine keeps its data. */
  readonly home: Home;
  /** Aborted when the command is told to stop. */
  readonly signal: AbortSignal;
}
