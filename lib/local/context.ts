import type { Endpoints, Pipeline } from '../pipelines/pipeline.ts';
import type { Reject } from '../report/events.tsx';
import type { Home } from './home.ts';
import type { LiveInput } from './live/input.ts';
import type { Summary } from './summary.ts';
import type { Warehouse } from './warehouse.ts';

/** Files and folders to read, by the name of the input: `events`, `logs`, `songs`. */
export type Inputs = Readonly<Record<string, readonly string[]>>;

/** What every step of a run can reach. Steps add to `summary`; the runner adds the step's own line. */
export interface RunContext<Parameters> {
  readonly pipeline: Pipeline<Parameters>;
  readonly parameters: Parameters;
  readonly home: Home;
  readonly runFolder: string;
  readonly endpoints: Endpoints;
  readonly inputs: Inputs;
  /** What feeds the steps that are fed while they go on. @default - nothing does */
  readonly live?: LiveInput;
  /** The warehouse, opened and prepared when a step first asks for it; steps that run side by side share it. */
  readonly warehouse: () => Promise<Warehouse>;
  readonly signal: AbortSignal;
  readonly summary: Summary;
  /** The first lines that were refused, for people; all of them are in the rejects topic. */
  readonly rejects: Reject[];
}
