import type { Pipeline } from '../pipelines/pipeline.ts';
import { PIPELINES } from '../pipelines/index.ts';
import { VIEWS } from '../warehouse/views.ts';

const ALL: readonly Pipeline<never>[] = PIPELINES;
const TABLES = ALL.flatMap(({ tables }) => tables.map(({ name }) => name));

/** Names of the lake's tables. */
export const LAKE_TABLES: readonly string[] = [
  ...new Set([
    ...ALL.flatMap(({ streams }) => streams.flatMap(({ table, quarantineTable }) => [table, quarantineTable])),
    ...ALL.flatMap(({ lakeTables = [] }) => lakeTables),
    ...TABLES,
  ]),
];
/** Names of what readers of the warehouse find in it. */
export const WAREHOUSE_RELATIONS: readonly string[] = [...TABLES, ...VIEWS.map(({ name }) => name)];
