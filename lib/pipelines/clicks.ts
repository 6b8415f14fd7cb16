import { adClick } from '../contracts/ad-click.ts';
import { adImpression } from '../contracts/ad-impression.ts';
import { clickHours } from '../contracts/click-hours.ts';
import { clickPrediction } from '../contracts/click-prediction.ts';
import { clickQuality } from '../contracts/click-quality.ts';
import { checkpointOf, flags, type Endpoints, type Stream, type UnattendedPipeline } from './pipeline.ts';

export interface ClicksParameters {
  /** Where the true probabilities of generated impressions are. @default - unknown, as with every real impression */
  readonly truth?: string;
  /** Folder or URI that predictions are written to as CSV, too. @default - they are not */
  readonly csv?: string;
  /** Predictions of each batch that are printed. @default - none */
  readonly console?: number;
  readonly seed: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Any will do; always the same, so that the same impressions give the same model. */
const SEED = 1;
/** Rows a batch of the ingest reads at most: bounds the memory of a batch, and how much a restart does again. */
const MAX_OFFSETS_PER_INGEST = 500_000;
/** The same of the scoring, where a batch that takes long makes all in it late. */
const MAX_OFFSETS_PER_SCORING = 50_000;
/** Time between micro-batches: whoever waits for a prediction waits half of it, and each is a commit of the lake. */
const SCORING_TRIGGER = '1 second';
/** What the scoring would otherwise hold more and more of, as it goes on for days. */
const SCORING_CONF = {
  // Spark tells of the last thousand queries, tens of kilobytes each; the scoring makes some a second.
  'spark.sql.ui.retainedExecutions': '100',
  'spark.ui.retainedJobs': '100',
  'spark.ui.retainedStages': '100',
  // Iceberg's vectorized reader leaves an allocator behind for each file that it reads (apache/iceberg#13937).
  'spark.sql.iceberg.vectorization.enabled': 'false',
};
/** Kafka's own default, which the producer goes by too: an impression is half a kilobyte. */
const MAX_MESSAGE_BYTES = '1048588';

const IMPRESSIONS: Stream = {
  topic: 'ad-impressions',
  rejectsTopic: 'ad-impressions-rejects',
  table: adImpression.name,
  quarantineTable: `${adImpression.name}_quarantine`,
};
/** What is scored of the impressions. One application reads them and their outcomes, each by a query with a checkpoint of its own. */
const PREDICTIONS: Stream = {
  topic: IMPRESSIONS.topic,
  rejectsTopic: IMPRESSIONS.rejectsTopic,
  table: clickPrediction.name,
  quarantineTable: `${clickPrediction.name}_quarantine`,
  progress: { checkpoint: `${clickPrediction.name}/impressions` },
  results: { topic: 'click-predictions', quality: (endpoints) => `${models(endpoints)}/quality.json` },
};
const OUTCOMES: Stream = {
  topic: 'ad-clicks',
  rejectsTopic: 'ad-clicks-rejects',
  table: adClick.name,
  quarantineTable: `${adClick.name}_quarantine`,
  progress: { checkpoint: `${clickPrediction.name}/outcomes` },
};
const RESULTS = PREDICTIONS.results!;
/** Not the topic of the stream's predictions: whoever has both switched on would read each twice there. */
const IMMEDIATE_TOPIC = 'click-predictions-immediate';

const table = ({ database }: Endpoints, name: string) => `${database}.${name}`;
const models = (endpoints: Pick<Endpoints, 'models'>) => `${endpoints.models}/clicks`;
const kafkaOptions = ({ kafkaOptions: options }: Endpoints) => Object.entries(options).map(([name, value]) => `${name}=${value}`);

const scoreArguments = (trigger: string) => (endpoints: Endpoints, parameters: ClicksParameters) =>
  flags({
    brokers: endpoints.brokers,
    topic: PREDICTIONS.topic,
    contract: endpoints.contract(adImpression.name),
    'predictions-topic': RESULTS.topic,
    'predictions-contract': endpoints.contract(clickPrediction.name),
    'predictions-table': table(endpoints, PREDICTIONS.table),
    'quarantine-table': table(endpoints, PREDICTIONS.quarantineTable),
    'outcomes-topic': OUTCOMES.topic,
    'outcomes-contract': endpoints.contract(adClick.name),
    'outcomes-table': table(endpoints, OUTCOMES.table),
    'outcomes-quarantine-table': table(endpoints, OUTCOMES.quarantineTable),
    'quality-contract': endpoints.contract(clickQuality.name),
    'quality-table': table(endpoints, clickQuality.name),
    quality: RESULTS.quality(endpoints),
    models: models(endpoints),
    checkpoint: `${endpoints.checkpoints}/${clickPrediction.name}`,
    trigger,
    'max-offsets-per-trigger': MAX_OFFSETS_PER_SCORING,
    csv: parameters.csv,
    console: parameters.console,
    'kafka-option': kafkaOptions(endpoints),
  });

/** Ad impressions to the probability that each is clicked, said while it may still be of use. */
export const clicks: UnattendedPipeline<ClicksParameters> = {
  name: 'clicks',
  description: 'ad impressions -> Kafka -> lake -> model -> predictions on the stream -> live quality -> warehouse -> report',
  defaults: { seed: SEED },
  inputs: {},
  topics: [
    { name: IMPRESSIONS.topic, partitions: 4, config: { 'retention.ms': String(7 * DAY_MS), 'max.message.bytes': MAX_MESSAGE_BYTES } },
    { name: OUTCOMES.topic, partitions: 4, config: { 'retention.ms': String(7 * DAY_MS), 'max.message.bytes': MAX_MESSAGE_BYTES } },
    ...[RESULTS.topic, IMMEDIATE_TOPIC].map((name) => ({
      name,
      partitions: 4,
      config: { 'retention.ms': String(DAY_MS), 'max.message.bytes': MAX_MESSAGE_BYTES },
    })),
    // Rejects are read by people, later: one partition keeps them in order, a month gives time.
    ...[IMPRESSIONS, OUTCOMES].map(({ rejectsTopic }) => ({
      name: rejectsTopic,
      partitions: 1,
      config: { 'retention.ms': String(30 * DAY_MS), 'max.message.bytes': MAX_MESSAGE_BYTES },
    })),
  ],
  streams: [IMPRESSIONS, PREDICTIONS, OUTCOMES],
  immediateScoring: {
    source: 'score-impressions',
    topic: IMPRESSIONS.topic,
    rejectsTopic: IMPRESSIONS.rejectsTopic,
    resultsTopic: IMMEDIATE_TOPIC,
    models,
  },
  tables: [clickHours, clickQuality],
  steps: [
    {
      kind: 'replay',
      name: 'produce',
      title: 'Send past impressions to Kafka',
      contract: adImpression,
      input: 'impressions',
      topic: IMPRESSIONS.topic,
      rejectsTopic: IMPRESSIONS.rejectsTopic,
    },
    {
      kind: 'spark',
      name: 'ingest',
      title: 'Stream impressions into the lake',
      script: 'ingest.py',
      consumes: [IMPRESSIONS.topic],
      // In runs only: training reads what it lands, and that is in no hurry. Only the scoring is.
      arguments: (endpoints) =>
        flags({
          brokers: endpoints.brokers,
          topic: IMPRESSIONS.topic,
          contract: endpoints.contract(adImpression.name),
          table: table(endpoints, IMPRESSIONS.table),
          'event-time': 'hour',
          'quarantine-table': table(endpoints, IMPRESSIONS.quarantineTable),
          checkpoint: checkpointOf(endpoints, IMPRESSIONS),
          trigger: 'available-now',
          'max-offsets-per-trigger': MAX_OFFSETS_PER_INGEST,
          'kafka-option': kafkaOptions(endpoints),
        }),
    },
    {
      kind: 'spark',
      name: 'train',
      title: 'Train and test the models',
      script: 'train_clicks.py',
      arguments: (endpoints, { seed, truth }) =>
        flags({
          'impressions-table': table(endpoints, IMPRESSIONS.table),
          'outcomes-table': table(endpoints, OUTCOMES.table),
          contract: endpoints.contract(adImpression.name),
          models: models(endpoints),
          seed,
          truth,
        }),
    },
    {
      kind: 'spark',
      name: 'score',
      title: 'Score live impressions as they come',
      script: 'score_clicks.py',
      consumes: [IMPRESSIONS.topic, OUTCOMES.topic],
      produces: [RESULTS.topic],
      arguments: scoreArguments('available-now'),
      continuous: scoreArguments(SCORING_TRIGGER),
      conf: SCORING_CONF,
      live: { input: 'impressions', topic: IMPRESSIONS.topic, outcomesTopic: OUTCOMES.topic, predictionsTopic: RESULTS.topic },
    },
    {
      kind: 'spark',
      name: 'maintain',
      title: 'Compact small files, expire old snapshots',
      script: 'maintain.py',
      arguments: (endpoints) =>
        flags({
          // Scoring writes a file a second.
          table: [
            ...[IMPRESSIONS, PREDICTIONS, OUTCOMES].flatMap((stream) => [stream.table, stream.quarantineTable]),
            clickQuality.name,
          ].map((name) => table(endpoints, name)),
          'target-file-bytes': 128 * 1024 * 1024,
          'expire-days': 7,
        }),
    },
    {
      kind: 'spark',
      name: 'export',
      title: 'Export what the warehouse loads',
      script: 'export_clicks.py',
      arguments: (endpoints) =>
        flags({
          'impressions-table': table(endpoints, IMPRESSIONS.table),
          'outcomes-table': table(endpoints, OUTCOMES.table),
          'predictions-table': table(endpoints, clickPrediction.name),
          'quality-table': table(endpoints, clickQuality.name),
          'quality-contract': endpoints.contract(clickQuality.name),
          'hours-table': table(endpoints, clickHours.name),
          'hours-contract': endpoints.contract(clickHours.name),
          out: endpoints.exports,
        }),
    },
    { kind: 'load', name: 'load', title: 'Load the warehouse' },
    { kind: 'report', name: 'report', title: 'Write the report' },
  ],
};
