import { rm } from 'node:fs/promises';
import type { Dataset } from '../contracts/dataset.ts';
import { PIPELINES } from '../pipelines/index.ts';
import type { Home } from './home.ts';
import type { Resources } from './resources.ts';
import { openWarehouse, reset, type Warehouse } from './warehouse.ts';
import { prepareWarehouse } from './warehouse/prepare.ts';
import { takeRunLock } from './warehouse/run-lock.ts';

/** The warehouse of one run: opened when a step first asks for it, closed with the run. */
export class RunWarehouse {
  private opened: Promise<Warehouse> | undefined;
  private prepared: Promise<Warehouse> | undefined;

  constructor(
    private readonly home: Home,
    private readonly url: string | undefined,
    private readonly resources: Resources,
  ) {}

  /** Fails where a server that was asked for cannot be reached, or is another run's: at once, not when all else is done or `forget` has removed everything. */
  async check(): Promise<void> {
    if (this.url === undefined) return;
    await this.open();
    this.resources.add('warehouse lock', await takeRunLock(this.url));
  }

  /** Forgets what runs of any pipeline derived: they share the lake and the warehouse. */
  async forget(): Promise<void> {
    const pipelines: readonly { tables: readonly Dataset[]; workTables?: readonly Dataset[] }[] = PIPELINES;
    const tables = pipelines.flatMap(({ tables, workTables = [] }) => [...tables, ...workTables]);
    if (this.url !== undefined) await reset(await this.open(), tables);
    for (const folder of this.home.derived()) await rm(folder, { recursive: true, force: true });
  }

  /** With the tables and views that its readers and the steps expect. */
  ready(): Promise<Warehouse> {
    this.prepared ??= this.open().then(async (warehouse) => {
      await prepareWarehouse(warehouse);
      return warehouse;
    });
    return this.prepared;
  }

  private open(): Promise<Warehouse> {
    this.opened ??= openWarehouse({ url: this.url, dataDir: this.home.root }).then((warehouse) => {
      this.resources.add('warehouse', () => warehouse.close());
      return warehouse;
    });
    return this.opened;
  }
}
