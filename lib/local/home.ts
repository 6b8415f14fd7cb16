import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout this code runs from. */
export const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));

/** Where one machine keeps its data; one place for every path under `.millrace`. */
export class Home {
  readonly root: string;

  /** @param root Folder of all data. @default - $MILLRACE_HOME, or `.millrace` in the checkout */
  constructor(root = process.env['MILLRACE_HOME'] || join(CHECKOUT, '.millrace')) {
    this.root = resolve(root);
  }

  readonly lake = () => join(this.root, 'lake');
  readonly checkpoints = () => join(this.root, 'checkpoints');
  readonly models = () => join(this.root, 'models');
  readonly exports = () => join(this.root, 'exports');
  readonly staged = () => join(this.root, 'staged');
  readonly contracts = () => join(this.root, 'contracts');
  readonly generated = () => join(this.root, 'generated');
  readonly runs = () => join(this.root, 'runs');
  readonly scratch = () => join(this.root, 'scratch');
  /** Process groups that are running, a file each. */
  readonly running = () => join(this.root, 'running');
  /** Records that were too large to be sent, a file each. */
  readonly refused = () => join(this.root, 'refused');
  readonly lock = () => join(this.root, 'lock');
  /** How far each source file has been sent to Kafka; goes when the broker's data go. */
  readonly replayed = () => join(this.root, 'kafka', 'replayed');

  /** What `--fresh` forgets: everything that a run derives; generated events and the records of earlier runs stay. */
  readonly derived = () => [
    join(this.root, 'kafka'),
    this.lake(),
    this.checkpoints(),
    this.models(),
    this.exports(),
    this.staged(),
    join(this.root, 'warehouse'),
    this.scratch(),
  ];

  /** All that Millrace ever writes here. */
  readonly all = () => [
    ...this.derived(),
    this.generated(),
    this.runs(),
    this.contracts(),
    this.running(),
    this.refused(),
    join(this.root, 'warehouse.lock'),
  ];

  exists(): boolean {
    return existsSync(this.root);
  }
}
