import { listeningEvent } from '../contracts/listening-event.ts';
import { song } from '../contracts/song.ts';
import { DIMENSIONS, FACTS, STAR } from '../contracts/star/index.ts';
import { staged, stagedFiles, stagedRejects } from '../contracts/staging.ts';
import {
  buildInHalves,
  buildStatements,
  checkParts,
  checkQuery,
  nextTable,
  publishFirstStatements,
  publishStatements,
} from '../warehouse/star.ts';
import type { Dataset } from '../contracts/dataset.ts';
import { flags, type SqlStep, type UnattendedPipeline } from './pipeline.ts';

/** Data sets that come in files. */
const SOURCES = [listeningEvent, song];

const build = (dataset: Dataset): SqlStep => ({
  kind: 'sql',
  name: dataset.name,
  title: `Build ${dataset.name}`,
  statements: buildStatements(dataset),
});

/** Logs and a catalogue of songs to a star schema, in the warehouse and in the lake. */
export const songplays: UnattendedPipeline<object> = {
  name: 'songplays',
  description: 'logs and songs -> star schema, checked, in the warehouse and in the lake -> report',
  defaults: {},
  inputs: {},
  topics: [],
  streams: [],
  tables: STAR,
  workTables: [...SOURCES.map(staged), stagedFiles, stagedRejects, ...STAR.map(nextTable)],
  steps: [
    [
      { kind: 'stage', name: 'stage-events', title: 'Stage events', contract: listeningEvent, input: 'logs' },
      { kind: 'stage', name: 'stage-songs', title: 'Stage songs', contract: song, input: 'songs' },
    ],
    ...FACTS.map((fact) => ({ ...build(fact), sideBySide: buildInHalves(fact) })),
    DIMENSIONS.map(build),
    {
      kind: 'check',
      name: 'checks',
      title: 'Check what would be published',
      query: checkQuery(STAR),
      parts: checkParts(STAR),
      guide: 'docs/songplays.md#checks',
    },
    {
      kind: 'sql',
      name: 'publish',
      title: 'Publish the tables of the warehouse',
      statements: publishStatements(STAR),
      first: { tables: STAR, statements: publishFirstStatements(STAR) },
    },
    {
      kind: 'spark',
      name: 'star',
      title: 'Build, check and publish the tables of the lake',
      script: 'star.py',
      arguments: (endpoints) =>
        flags({
          staged: endpoints.staged,
          source: SOURCES.map(({ name }) => endpoints.contract(name)),
          table: STAR.map(({ name }) => endpoints.contract(name)),
          database: endpoints.database,
        }),
    },
    {
      kind: 'spark',
      name: 'maintain',
      title: 'Expire old snapshots',
      script: 'maintain.py',
      arguments: (endpoints) =>
        flags({ table: STAR.map(({ name }) => `${endpoints.database}.${name}`), 'target-file-bytes': 128 * 1024 * 1024, 'expire-days': 7 }),
    },
    { kind: 'report', name: 'report', title: 'Write the report' },
  ],
};
