import { CfnOutput } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { EnvironmentStack, type EnvironmentStackProps } from './constructs/environment-stack.ts';
import { KafkaCluster, type KafkaClusterProps } from './constructs/kafka-cluster.ts';
import { OUTPUTS } from './outputs.ts';

export interface StreamStackProps extends EnvironmentStackProps, KafkaClusterProps {}

/** Kafka, and the topics of all pipelines. */
export class StreamStack extends EnvironmentStack {
  readonly kafka: KafkaCluster;

  constructor(scope: Construct, id: string, { environment, ...props }: StreamStackProps) {
    super(scope, id, 'Millrace: Kafka', { environment });
    this.kafka = new KafkaCluster(this, 'Kafka', props);
    new CfnOutput(this, OUTPUTS.stream.clusterArn, { value: this.kafka.clusterArn });
    new CfnOutput(this, OUTPUTS.stream.brokers, { value: this.kafka.brokers });
  }
}
