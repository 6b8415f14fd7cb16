import { BROKER_SIZES, DEFAULT_EMR_RELEASE, KAFKA_VERSIONS } from './versions.ts';

/** A deployment of the whole platform, as data. Everything that differs between dev and prod is here, and nothing else is. */
export interface Environment {
  /** Part of every name: lower-case letters and digits. */
  readonly name: string;
  /** Account to deploy to. @default - the one of the caller's credentials */
  readonly account?: string;
  /** Region to deploy to. @default - the one of the caller's settings */
  readonly region?: string;
  /** A stable environment keeps its data and refuses `cdk destroy`. One that is not leaves nothing behind. */
  readonly stable: boolean;
  /** The first of two keys to delete a stable environment's data; the second is `--context millrace:delete-data=<name>`. @default false */
  readonly deleteData?: boolean;
  /** Letters of the availability zones. */
  readonly zones: readonly string[];
  readonly network: NetworkSettings;
  readonly stream: StreamSettings;
  readonly processing: ProcessingSettings;
  readonly warehouse: WarehouseSettings;
  readonly collect: CollectSettings;
  /** Whether functions score topics message by message, beside the micro-batches. Their pollers cost by the hour, also when nothing comes. */
  readonly immediateScoring: boolean;
  readonly retention: RetentionSettings;
  readonly schedules: ScheduleSettings;
  readonly alarms: AlarmSettings;
  /** What the environment may cost a month, USD: an alarm at 80 % of it, and at what the month is forecast to cost. */
  readonly budgetUsd: number;
  /** Where alarms are mailed to. @default - nowhere: subscribe to the topic of the operations stack */
  readonly alarmEmail?: string;
}

export interface NetworkSettings {
  readonly cidr: string;
  /** Zones that interface endpoints stand in; each costs by the hour. */
  readonly endpointZones: number;
}

export interface StreamSettings {
  /** As in {@link KAFKA_VERSIONS}. */
  readonly kafkaVersion: string;
  readonly brokerType: string;
  /** Zones that brokers stand in, the first ones of the environment: 2 or 3. */
  readonly zones: number;
  /** Brokers in all: a multiple of `zones`. */
  readonly brokers: number;
  /** Disk of each broker at first, GiB. */
  readonly storageGiB: number;
  /** Disk of each broker that storage scaling stops at, GiB. */
  readonly maxStorageGiB: number;
  readonly replicationFactor: number;
  readonly minInSyncReplicas: number;
}

export interface ProcessingSettings {
  /**
   * `persistent`: one cluster that is always there, with Hue, notebooks and a continuous ingest.
   * `transient`: the state machine makes a cluster for each run and terminates it.
   */
  readonly lifetime: 'persistent' | 'transient';
  readonly emrRelease: string;
  readonly primaryTypes: readonly string[];
  readonly coreTypes: readonly string[];
  readonly taskTypes: readonly string[];
  /** On-demand core nodes; they hold HDFS. */
  readonly coreUnits: number;
  /** Spot task nodes that managed scaling may add. */
  readonly maxTaskUnits: number;
  /** TLS between nodes, with certificates made at deployment. */
  readonly encryptInTransit: boolean;
}

export interface WarehouseSettings {
  /** Redshift processing units. */
  readonly baseRpu: number;
  readonly maxRpu: number;
  /** RPU hours a day after which an alarm rings. */
  readonly rpuHoursADay: number;
  /** How the streaming view is kept fresh: `auto` keeps the warehouse running, a schedule lets it pause. */
  readonly streamingRefresh: 'auto' | { readonly everyMinutes: number };
}

export interface CollectSettings {
  readonly requestsPerSecond: number;
  readonly burst: number;
}

export interface RetentionSettings {
  /** Days that landed source files are kept. */
  readonly rawDays: number;
  /** Days that logs are kept. */
  readonly logDays: number;
  /** Days that overwritten or deleted versions of objects are kept. */
  readonly oldVersionDays: number;
}

export interface AlarmSettings {
  /** Messages of a topic that may wait for the ingest. Where nothing ingests continuously they wait for the next run. */
  readonly lagMessages: number;
  /** Hours without a single message after which an alarm rings, 1 to 24. */
  readonly quietHours: number;
}

/** When pipelines run on their own, by their names. Each is off until switched on here. */
export type ScheduleSettings = Readonly<Record<string, PipelineSchedule>>;

export interface PipelineSchedule {
  readonly enabled: boolean;
  readonly everyHours: number;
}

const DEV: Environment = {
  name: 'dev',
  stable: false,
  zones: ['a', 'b', 'c'],
  network: { cidr: '10.40.0.0/16', endpointZones: 1 },
  stream: {
    // ZooKeeper: the smallest brokers, a quarter of the price of the next, do not run KRaft.
    kafkaVersion: '3.9.x',
    brokerType: 'kafka.t3.small',
    zones: 2,
    brokers: 2,
    storageGiB: 10,
    maxStorageGiB: 50,
    replicationFactor: 2,
    minInSyncReplicas: 1,
  },
  processing: {
    lifetime: 'transient',
    emrRelease: DEFAULT_EMR_RELEASE.label,
    primaryTypes: ['m7g.xlarge', 'm6g.xlarge'],
    coreTypes: ['m7g.xlarge', 'm6g.xlarge'],
    taskTypes: ['m7g.xlarge', 'm6g.xlarge', 'r7g.xlarge', 'r6g.xlarge'],
    coreUnits: 1,
    maxTaskUnits: 2,
    encryptInTransit: false,
  },
  warehouse: { baseRpu: 4, maxRpu: 8, rpuHoursADay: 8, streamingRefresh: { everyMinutes: 360 } },
  collect: { requestsPerSecond: 50, burst: 100 },
  immediateScoring: false,
  retention: { rawDays: 30, logDays: 7, oldVersionDays: 1 },
  schedules: {
    churn: { enabled: false, everyHours: 24 },
    songplays: { enabled: false, everyHours: 1 },
    clicks: { enabled: false, everyHours: 24 },
    assessments: { enabled: false, everyHours: 1 },
  },
  alarms: { lagMessages: 10_000_000, quietHours: 24 },
  budgetUsd: 150,
};

const STAGING: Environment = {
  ...DEV,
  name: 'staging',
  stable: true,
  network: { cidr: '10.41.0.0/16', endpointZones: 1 },
  stream: {
    kafkaVersion: '3.9.x.kraft',
    brokerType: 'kafka.m7g.large',
    zones: 3,
    brokers: 3,
    storageGiB: 50,
    maxStorageGiB: 200,
    replicationFactor: 3,
    minInSyncReplicas: 2,
  },
  warehouse: { ...DEV.warehouse, streamingRefresh: { everyMinutes: 60 } },
  processing: { ...DEV.processing, coreUnits: 2, maxTaskUnits: 4, encryptInTransit: true },
  retention: { rawDays: 90, logDays: 30, oldVersionDays: 7 },
  budgetUsd: 1_000,
};

const PROD: Environment = {
  ...STAGING,
  name: 'prod',
  network: { cidr: '10.42.0.0/16', endpointZones: 3 },
  stream: { ...STAGING.stream, storageGiB: 200, maxStorageGiB: 2_000 },
  processing: { ...STAGING.processing, lifetime: 'persistent', maxTaskUnits: 8 },
  warehouse: { baseRpu: 8, maxRpu: 32, rpuHoursADay: 300, streamingRefresh: 'auto' },
  collect: { requestsPerSecond: 500, burst: 1_000 },
  retention: { rawDays: 365, logDays: 90, oldVersionDays: 30 },
  schedules: {
    churn: { enabled: false, everyHours: 1 },
    songplays: { enabled: false, everyHours: 1 },
    clicks: { enabled: false, everyHours: 6 },
    assessments: { enabled: false, everyHours: 1 },
  },
  alarms: { lagMessages: 500_000, quietHours: 1 },
  budgetUsd: 6_000,
};

export const ENVIRONMENTS: readonly Environment[] = [DEV, STAGING, PROD];

export function environment(name: string): Environment {
  const found = ENVIRONMENTS.find((each) => each.name === name);
  if (!found) throw new Error(`environment must be one of ${ENVIRONMENTS.map((each) => each.name).join(', ')}, got ${name}`);
  return found;
}

/**
 * Says what AWS would say only after half an hour of deploying.
 * @throws Error with one line: the first setting that cannot work
 */
export function checkEnvironment(checked: Environment): void {
  const { name, zones, stream, processing, warehouse } = checked;
  const must = (holds: boolean, what: string, allowed: string, got: unknown) => {
    if (!holds) throw new Error(`${what} of environment ${name} must be ${allowed}, got ${String(got)}`);
  };
  must(/^[a-z][a-z0-9]{1,11}$/.test(name), 'name', '2 to 12 lower-case letters and digits, a letter first', name);
  must(new Set(zones).size === zones.length && zones.every((zone) => /^[a-z]$/.test(zone)), 'zones', 'different letters', zones.join(', '));
  // Redshift Serverless with enhanced VPC routing, without which it cannot read the stream, wants three.
  must(zones.length === 3, 'zones', 'three (Redshift with enhanced VPC routing)', zones.length);
  must(
    checked.network.endpointZones >= 1 && checked.network.endpointZones <= zones.length,
    'network.endpointZones',
    `1 to ${zones.length}`,
    checked.network.endpointZones,
  );
  checkStream(stream, must);
  must(
    Number.isInteger(warehouse.baseRpu) && warehouse.baseRpu >= 4 && (warehouse.baseRpu === 4 || warehouse.baseRpu % 8 === 0),
    'warehouse.baseRpu',
    '4 or a multiple of 8',
    warehouse.baseRpu,
  );
  must(warehouse.maxRpu >= warehouse.baseRpu, 'warehouse.maxRpu', `at least baseRpu (${warehouse.baseRpu})`, warehouse.maxRpu);
  must(
    Number.isInteger(checked.alarms.quietHours) && checked.alarms.quietHours >= 1 && checked.alarms.quietHours <= 24,
    'alarms.quietHours',
    '1 to 24 (CloudWatch looks back a day at most)',
    checked.alarms.quietHours,
  );
  must(processing.coreUnits >= 1, 'processing.coreUnits', 'at least 1', processing.coreUnits);
  for (const types of [processing.primaryTypes, processing.coreTypes, processing.taskTypes]) {
    // The Python packages of the steps are built for one kind of processor.
    must(
      types.length > 0 && types.every(isGraviton),
      'instance types of processing',
      'Graviton types such as m7g.xlarge',
      types.join(', '),
    );
  }
}

type Must = (holds: boolean, what: string, allowed: string, got: unknown) => void;

function checkStream(stream: StreamSettings, must: Must): void {
  const version = KAFKA_VERSIONS.find(({ msk }) => msk === stream.kafkaVersion);
  must(version !== undefined, 'stream.kafkaVersion', `one of ${KAFKA_VERSIONS.map(({ msk }) => msk).join(', ')}`, stream.kafkaVersion);
  const dot = stream.brokerType.lastIndexOf('.');
  const [family, size] = [stream.brokerType.slice(0, dot), stream.brokerType.slice(dot + 1)];
  const allowed = version!.brokerFamilies.flatMap((each) => (BROKER_SIZES[each] ?? []).map((one) => `${each}.${one}`));
  must(
    version!.brokerFamilies.includes(family) && (BROKER_SIZES[family] ?? []).includes(size),
    'stream.brokerType',
    `one that runs Kafka ${stream.kafkaVersion} (${allowed.join(', ')})`,
    stream.brokerType,
  );
  must([2, 3].includes(stream.zones), 'stream.zones', '2 or 3', stream.zones);
  must(
    stream.brokers > 0 && stream.brokers % stream.zones === 0,
    'stream.brokers',
    `a multiple of stream.zones (${stream.zones})`,
    stream.brokers,
  );
  must(
    stream.replicationFactor >= 1 && stream.replicationFactor <= stream.brokers,
    'stream.replicationFactor',
    `1 to the number of brokers (${stream.brokers})`,
    stream.replicationFactor,
  );
  must(
    stream.minInSyncReplicas >= 1 && stream.minInSyncReplicas < stream.replicationFactor,
    'stream.minInSyncReplicas',
    `at least 1 and below the replication factor (${stream.replicationFactor}), or one broker's restart stops producers`,
    stream.minInSyncReplicas,
  );
  must(stream.storageGiB >= 1 && stream.storageGiB <= 16_384, 'stream.storageGiB', '1 to 16384', stream.storageGiB);
  must(
    stream.maxStorageGiB >= stream.storageGiB,
    'stream.maxStorageGiB',
    `at least storageGiB (${stream.storageGiB})`,
    stream.maxStorageGiB,
  );
}

/** Families of AWS's ARM processors end in g, gd or gn: m7g, r6gd. */
function isGraviton(type: string): boolean {
  return /^[a-z]+\d+g[dn]?\.\w+$/.test(type);
}
