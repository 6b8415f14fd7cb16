import type { Stream } from '../pipelines/pipeline.ts';
import { PIPELINES } from '../pipelines/index.ts';
import { VIEWS } from '../warehouse/views.ts';

const STREAMS: readonly Stream[] = PIPELINES.flatMap(({ streams }) => streams);
const TABLES = PIPELINES.flatMap(({ tables }) => tables.map(({ name }) => name));

/** Names of the lake's tables. */
export const LAKE_TABLES: readonly string[] = [...STREAMS.flatMap(({ table, quarantineTable }) => [table, quarantineTable]), ...TABLES];
/** Names of what readers of the warehouse find in it. */
export const WAREHOUSE_RELATIONS: readonly string[] = [...TABLES, ...VIEWS.map(({ name }) => name)];
