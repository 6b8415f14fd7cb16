import { listeningEvent } from '../contracts/listening-event.ts';
import { churnScores } from '../contracts/churn-scores.ts';
import { dailyActivity } from '../contracts/daily-activity.ts';
import { userFeatures } from '../contracts/user-features.ts';
import { checkpointOf, flags, type Endpoints, type Stream, type UnattendedPipeline } from './pipeline.ts';

export interface ChurnParameters {
  /** Day, `YYYY-MM-DD`, before which events are read and after which churn is predicted; `auto` is the default. @default - the midnight after the last event */
  readonly cutoff?: string;
  /** Where the true probabilities of generated events are. @default - unknown, as with every real listener */
  readonly truth?: string;
  readonly seed: number;
}

/** Days after the cut-off in which a cancellation counts as churn. */
const HORIZON_DAYS = 10;
/** Days between the cut-offs that the model is trained on. */
const CUTOFF_EVERY_DAYS = 5;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Any will do; always the same, so that the same features give the same model. */
const SEED = 1;
/** Rows an ingest batch reads at most: bounds the memory of a batch, and how much a restart does again. */
const MAX_OFFSETS_PER_BATCH = 500_000;

/** A page view is a kilobyte; Kafka's own default, which the producer goes by too. */
const MAX_MESSAGE_BYTES = '1048588';

const table = ({ database }: Endpoints, name: string) => `${database}.${name}`;

const EVENTS: Stream = {
  topic: 'listening-events',
  rejectsTopic: 'listening-events-rejects',
  table: listeningEvent.name,
  quarantineTable: `${listeningEvent.name}_quarantine`,
  inWarehouse: true,
};

const ingestArguments = (trigger: string) => (endpoints: Endpoints) =>
  flags({
    brokers: endpoints.brokers,
    topic: EVENTS.topic,
    contract: endpoints.contract(listeningEvent.name),
    table: table(endpoints, EVENTS.table),
    'event-time': 'ts',
    'quarantine-table': table(endpoints, EVENTS.quarantineTable),
    checkpoint: checkpointOf(endpoints, EVENTS),
    trigger,
    'max-offsets-per-trigger': MAX_OFFSETS_PER_BATCH,
    'kafka-option': Object.entries(endpoints.kafkaOptions).map(([name, value]) => `${name}=${value}`),
  });

/** App events to churn scores: who is about to leave, and why. */
export const churn: UnattendedPipeline<ChurnParameters> = {
  name: 'churn',
  description: 'app events -> Kafka -> lake -> features -> model -> scores -> warehouse -> report',
  defaults: { seed: SEED },
  inputs: { cutoff: { pattern: '[0-9]{4}-[0-9]{2}-[0-9]{2}', allowed: 'a date (YYYY-MM-DD)', otherwise: 'auto' } },
  topics: [
    { name: EVENTS.topic, partitions: 4, config: { 'retention.ms': String(7 * DAY_MS), 'max.message.bytes': MAX_MESSAGE_BYTES } },
    // Rejects are read by people, later: one partition keeps them in order, a month gives time.
    { name: EVENTS.rejectsTopic, partitions: 1, config: { 'retention.ms': String(30 * DAY_MS), 'max.message.bytes': MAX_MESSAGE_BYTES } },
  ],
  streams: [EVENTS],
  tables: [dailyActivity, userFeatures, churnScores],
  steps: [
    {
      kind: 'replay',
      name: 'produce',
      title: 'Send events to Kafka',
      contract: listeningEvent,
      input: 'events',
      topic: EVENTS.topic,
      rejectsTopic: EVENTS.rejectsTopic,
      collected: true,
    },
    {
      kind: 'spark',
      name: 'ingest',
      title: 'Stream the topic into the lake',
      script: 'ingest.py',
      consumes: [EVENTS.topic],
      arguments: ingestArguments('available-now'),
      continuous: ingestArguments('30 seconds'),
    },
    {
      kind: 'spark',
      name: 'maintain',
      title: 'Compact small files, expire old snapshots',
      script: 'maintain.py',
      arguments: (endpoints) =>
        flags({
          table: [table(endpoints, EVENTS.table), table(endpoints, EVENTS.quarantineTable)],
          'target-file-bytes': 128 * 1024 * 1024,
          'expire-days': 7,
        }),
    },
    {
      kind: 'spark',
      name: 'features',
      title: 'Compute features of each listener',
      script: 'features.py',
      arguments: (endpoints, { cutoff }) =>
        flags({
          'events-table': table(endpoints, EVENTS.table),
          contract: endpoints.contract(userFeatures.name),
          table: table(endpoints, userFeatures.name),
          cutoff,
          'horizon-days': HORIZON_DAYS,
          'cutoff-every-days': CUTOFF_EVERY_DAYS,
        }),
    },
    {
      kind: 'spark',
      name: 'train',
      title: 'Train and test the model',
      script: 'train.py',
      // XGBoost's tasks must all run at once, on executors that stay: it refuses to start where their number may change.
      conf: { 'spark.dynamicAllocation.enabled': 'false' },
      arguments: (endpoints, { seed, truth }) =>
        flags({
          'features-table': table(endpoints, userFeatures.name),
          contract: endpoints.contract(userFeatures.name),
          models: endpoints.models,
          'horizon-days': HORIZON_DAYS,
          seed,
          truth,
        }),
    },
    {
      kind: 'spark',
      name: 'score',
      title: 'Score each listener, with reasons',
      script: 'score.py',
      arguments: (endpoints, { cutoff }) =>
        flags({
          'features-table': table(endpoints, userFeatures.name),
          contract: endpoints.contract(userFeatures.name),
          models: endpoints.models,
          'scores-contract': endpoints.contract(churnScores.name),
          table: table(endpoints, churnScores.name),
          cutoff,
        }),
    },
    {
      kind: 'spark',
      name: 'publish',
      title: 'Export what the warehouse loads',
      script: 'publish.py',
      arguments: (endpoints) =>
        flags({
          'events-table': table(endpoints, EVENTS.table),
          'features-table': table(endpoints, userFeatures.name),
          'features-contract': endpoints.contract(userFeatures.name),
          'scores-table': table(endpoints, churnScores.name),
          'scores-contract': endpoints.contract(churnScores.name),
          'activity-contract': endpoints.contract(dailyActivity.name),
          'activity-table': table(endpoints, dailyActivity.name),
          out: endpoints.exports,
        }),
    },
    { kind: 'load', name: 'load', title: 'Load the warehouse' },
    { kind: 'report', name: 'report', title: 'Write the report' },
  ],
};
