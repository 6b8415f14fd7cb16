import type { Endpoints } from '../pipelines/pipeline.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import type { Lake } from './lake.ts';
import type { SparkCode } from './spark-code.ts';

/** By which Kafka's clients in Spark sign in with the role of the node they run on. https://github.com/aws/aws-msk-iam-auth */
const IAM_OPTIONS = {
  'security.protocol': 'SASL_SSL',
  'sasl.mechanism': 'AWS_MSK_IAM',
  'sasl.jaas.config': 'software.amazon.msk.auth.iam.IAMLoginModule required;',
  'sasl.client.callback.handler.class': 'software.amazon.msk.auth.iam.IAMClientCallbackHandler',
};

/** The addresses of an environment on AWS, as pipelines want them. */
export function awsEndpoints({ lake, kafka, code }: { lake: Lake; kafka: KafkaCluster; code: SparkCode }): Endpoints {
  return {
    brokers: kafka.brokers,
    kafkaOptions: IAM_OPTIONS,
    database: `lake.${lake.databaseName}`,
    checkpoints: lake.uris.checkpoints,
    models: lake.uris.models,
    exports: lake.uris.exports,
    staged: lake.uris.staged,
    contract: (name) => code.contract(name),
  };
}
