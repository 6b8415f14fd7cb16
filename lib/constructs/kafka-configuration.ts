import { CfnConfiguration } from 'aws-cdk-lib/aws-msk';
import { Construct } from 'constructs';
import { MAX_MESSAGE_BYTES } from '../contracts/kafka.ts';
import type { EnvironmentStack } from './environment-stack.ts';

/** How the brokers behave. Everything that MSK's defaults leave open or set dangerously is said here. */
export class KafkaConfiguration extends Construct {
  readonly arn: string;
  readonly revision: number;

  constructor(scope: Construct, id: string, { prefix, settings, dataRemoval }: EnvironmentStack) {
    super(scope, id);
    const { replicationFactor, minInSyncReplicas } = settings.stream;
    const properties = {
      // A misspelled topic name must fail, not make a topic.
      'auto.create.topics.enable': false,
      // MSK's default is true: a broker that was behind may lead, and drops what it had missed.
      'unclean.leader.election.enable': false,
      'default.replication.factor': replicationFactor,
      'min.insync.replicas': minInSyncReplicas,
      'num.partitions': 1,
      'offsets.topic.replication.factor': replicationFactor,
      'transaction.state.log.replication.factor': replicationFactor,
      'transaction.state.log.min.isr': minInSyncReplicas,
      // MSK's default is true; who may do what is IAM's to say.
      'allow.everyone.if.no.acl.found': false,
      'message.max.bytes': MAX_MESSAGE_BYTES,
      // A replica must be able to fetch what a broker takes.
      'replica.fetch.max.bytes': MAX_MESSAGE_BYTES,
    };
    // Of its properties only `serverProperties` and `description` change in place, by a new revision. Versions of Kafka are not named: that list cannot change.
    const configuration = new CfnConfiguration(this, 'Resource', {
      name: prefix,
      description: `Brokers of ${prefix}`,
      serverProperties: Object.entries(properties)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    });
    // The brokers that are kept use it.
    configuration.applyRemovalPolicy(dataRemoval);
    this.arn = configuration.attrArn;
    this.revision = configuration.attrLatestRevisionRevision;
  }
}
