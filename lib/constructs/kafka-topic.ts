import { CfnTopic } from 'aws-cdk-lib/aws-msk';
import { Construct } from 'constructs';
import type { Topic } from '../pipelines/pipeline.ts';
import type { EnvironmentStack } from './environment-stack.ts';

export interface KafkaTopicProps {
  readonly stack: EnvironmentStack;
  readonly clusterArn: string;
  readonly topic: Topic;
}

/**
 * A topic of a pipeline, made through MSK's own interface: nobody needs a way to the brokers for it.
 * Settings and more partitions are changed in place; another name or replication factor would be another topic, without the messages.
 */
export class KafkaTopic extends Construct {
  constructor(scope: Construct, id: string, { stack, clusterArn, topic }: KafkaTopicProps) {
    super(scope, id);
    const resource = new CfnTopic(this, 'Resource', {
      clusterArn,
      topicName: topic.name,
      partitionCount: topic.partitions,
      replicationFactor: stack.settings.stream.replicationFactor,
      // CloudFormation's guide says Base64 and not of what. It is JSON, unlike the properties of a broker configuration, as Terraform's
      // provider sends it and reads it back:
      // https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/kafka/topic.go
      configs: Buffer.from(JSON.stringify(topic.config)).toString('base64'),
    });
    resource.applyRemovalPolicy(stack.dataRemoval);
  }
}
