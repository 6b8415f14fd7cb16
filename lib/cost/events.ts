import type { Environment } from '../environments.ts';
import { churn } from '../pipelines/churn.ts';
import type { CostLine } from './idle.ts';
import { PRICES } from './prices.ts';
import { nodeParts } from './resource-prices.ts';
import { numberIn, valueIn, type StackTemplate } from './template.ts';

/** Bytes of an event, measured on 78,000 generated ones; in the lake guessed. */
const EVENT = {
  /** JSON with its id, as it lies on the topic. */
  bytes: 500,
  /** In the file that lands, gzip. */
  packedBytes: 35,
  lakeBytes: 60,
};
/** Guessed: events a second that a replaying function of a whole processor sends. */
const REPLAYED_A_SECOND = 10_000;
/** Guessed: share of what is sent to another zone than the sender's or reader's. */
const OTHER_ZONE = 0.6;
/** Guessed: making a cluster, and waiting for the ends of steps, which Step Functions asks for once a minute. */
const RUN_MINUTES = 30;
/** Guessed: what the steps take longer for each million events on the smallest cluster. */
const MINUTES_A_MILLION = 2;
/** Guessed: loading the exports and reading for the report; a minute each is the least. */
const WAREHOUSE_MINUTES = 3;
/** Guessed: states entered in a run, and requests of Spark and Iceberg to S3. */
const STATES_A_RUN = 60;
const S3_PUTS_A_RUN = 3_000;
const S3_GETS_A_RUN = 10_000;
const PART_BYTES = 8 * 1024 * 1024;
const GB = 1e9;

/** `events` more events, sent as a file and taken through one run of the pipeline. All of it is an estimate. */
export function eventsCost(environment: Environment, templates: readonly StackTemplate[], events: number): CostLine[] {
  const { processing, warehouse } = environment;
  const line = (what: string, how: string, usd: number): CostLine => ({ what, how, usd, estimate: true });
  const topicGb = (events * EVENT.bytes) / GB;
  const storedGb = (events * (EVENT.packedBytes + EVENT.lakeBytes)) / GB;
  const seconds = events / REPLAYED_A_SECOND;
  const memoryGb = replayMemoryMb(templates) / 1024;
  const parts = Math.ceil((events * EVENT.packedBytes) / PART_BYTES);
  const hours = (RUN_MINUTES + (MINUTES_A_MILLION * events) / 1e6) / 60;
  const requests = (S3_PUTS_A_RUN + parts) * PRICES.s3Put.usd + (S3_GETS_A_RUN + parts) * PRICES.s3Get.usd;
  const rpuHours = (warehouse.baseRpu * WAREHOUSE_MINUTES) / 60;
  return [
    line('Lambda', `${Math.ceil(seconds)} s of ${memoryGb.toFixed(1)} GB, sending the file`, seconds * memoryGb * PRICES.lambdaCompute.usd),
    // Copies between brokers are free of charge.
    line('MSK data', `${topicGb.toFixed(2)} GB in and out, partly between zones`, 2 * topicGb * OTHER_ZONE * PRICES.zoneTraffic.usd),
    line('S3 requests', `${S3_PUTS_A_RUN + parts} PUT, ${S3_GETS_A_RUN + parts} GET`, requests),
    line('S3 storage', `${storedGb.toFixed(2)} GB for a month`, storedGb * PRICES.s3Storage.usd),
    ...(processing.lifetime === 'transient' ? transientRun(environment, hours) : []),
    // Where the streaming view keeps it awake, the warehouse is paid for anyway.
    ...(warehouse.streamingRefresh === 'auto'
      ? []
      : [line('Redshift', `${WAREHOUSE_MINUTES} minutes of ${warehouse.baseRpu} RPU`, rpuHours * PRICES.redshiftRpu.usd)]),
    line('Step Functions', `${STATES_A_RUN} states`, STATES_A_RUN * PRICES.stateTransition.usd),
  ];
}

/** The cluster of a run; its task nodes, which come only under load and on Spot, are left out. */
function transientRun({ processing }: Environment, hours: number): CostLine[] {
  const { primaryTypes, coreTypes, coreUnits } = processing;
  const parts = [...nodeParts(primaryTypes[0]!, 1, hours), ...nodeParts(coreTypes[0]!, coreUnits, hours)];
  const usd = parts.reduce((sum, part) => sum + part.usd, 0);
  const what = `${churn.name} run on EMR`;
  return [{ what, how: `${1 + coreUnits} nodes for ${Math.round(hours * 60)} minutes`, usd, estimate: true }];
}

const DEFAULT_MEMORY_MB = 128;

/** Of the function that sends files, as its template says. */
function replayMemoryMb(templates: readonly StackTemplate[]): number {
  const resources = templates.flatMap(({ template }) => Object.values(template.Resources ?? {}));
  const replay = resources.find(
    ({ Type, Properties }) =>
      Type === 'AWS::Lambda::Function' && valueIn(Properties, 'Environment', 'Variables', 'REJECTS_TOPIC') !== undefined,
  );
  return valueIn(replay?.Properties, 'MemorySize') === undefined ? DEFAULT_MEMORY_MB : numberIn(replay?.Properties, 'MemorySize');
}
