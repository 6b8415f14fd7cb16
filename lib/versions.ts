/**
 * What runs with what: one place for the versions that must agree between AWS, the one-machine runtime, `pom.xml` and
 * `requirements.txt` (test/versions.test.ts says where they drift).
 */

export interface EmrRelease {
  readonly label: string;
  /** Spark's own version, without Amazon's suffix: what PySpark must be. */
  readonly spark: string;
  /** Binary version of Scala, as in the names of jars. */
  readonly scala: string;
  /** Version of `spark-sql-kafka-0-10`. */
  readonly kafkaConnector: string;
  /** Iceberg's version in the one-machine runtime; on EMR the release brings its own. */
  readonly iceberg: string;
  /** Minor version of the Python that runs the steps: `/usr/bin/python<version>` on the nodes. */
  readonly python: string;
  readonly applications: readonly string[];
}

/** https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-7130-release.html */
const EMR_7_13: EmrRelease = {
  label: 'emr-7.13.0',
  spark: '3.5.6',
  scala: '2.12',
  // 3.5.6 of the connector is not to be had everywhere; 3.5.7 reads and writes the same with Spark 3.5.6.
  kafkaConnector: '3.5.7',
  iceberg: '1.10.0',
  python: '3.11',
  applications: ['Hadoop', 'Spark', 'Hive', 'Livy', 'Hue', 'JupyterEnterpriseGateway'],
};

const EMR_RELEASES: readonly EmrRelease[] = [EMR_7_13];

export const DEFAULT_EMR_RELEASE = EMR_7_13;

export function emrRelease(label: string): EmrRelease {
  const found = EMR_RELEASES.find((each) => each.label === label);
  if (!found) throw new Error(`EMR release must be one of ${EMR_RELEASES.map((each) => each.label).join(', ')}, got ${label}`);
  return found;
}

export interface KafkaVersion {
  /** What MSK calls it. */
  readonly msk: string;
  /** With KRaft the brokers keep the metadata; without it ZooKeeper does. */
  readonly kraft: boolean;
  /** Families of broker types that MSK runs it on. */
  readonly brokerFamilies: readonly string[];
}

/**
 * Versions of Kafka on MSK and the broker types that each goes with; CloudFormation checks neither before the deployment.
 * https://docs.aws.amazon.com/msk/latest/developerguide/supported-kafka-versions.html; that t3.small has no KRaft:
 * https://docs.aws.amazon.com/msk/latest/developerguide/metadata-management.html
 */
export const KAFKA_VERSIONS: readonly KafkaVersion[] = [
  { msk: '3.9.x', kraft: false, brokerFamilies: ['kafka.t3', 'kafka.m5', 'kafka.m7g'] },
  { msk: '3.9.x.kraft', kraft: true, brokerFamilies: ['kafka.m5', 'kafka.m7g'] },
];

/** Sizes that each family of broker types comes in. */
export const BROKER_SIZES: Readonly<Record<string, readonly string[]>> = {
  'kafka.t3': ['small'],
  'kafka.m5': ['large', 'xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge', '16xlarge', '24xlarge'],
  'kafka.m7g': ['large', 'xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge', '16xlarge'],
};

/** Kafka of the one-machine runtime: the same line as MSK's 3.9.x. */
export const LOCAL_KAFKA = '3.9.1';

/** `software.amazon.msk:aws-msk-iam-auth`, by which Spark signs in to MSK. */
export const MSK_IAM_AUTH = '2.3.2';

/** Major version of Node.js in Lambda. */
export const LAMBDA_NODE = 24;
