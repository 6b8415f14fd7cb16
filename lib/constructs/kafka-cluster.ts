import { Fn, RemovalPolicy } from 'aws-cdk-lib/core';
import { Grant, ManagedPolicy, PolicyStatement, type IGrantable, type IRole } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnCluster } from 'aws-cdk-lib/aws-msk';
import { Construct } from 'constructs';
import { PIPELINES } from '../pipelines/index.ts';
import { BootstrapBrokers } from './bootstrap-brokers.ts';
import type { EnvironmentStack } from './environment-stack.ts';
import { KafkaConfiguration } from './kafka-configuration.ts';
import { KafkaStorageScaling } from './kafka-storage-scaling.ts';
import { KafkaTopic } from './kafka-topic.ts';
import type { Lake } from './lake.ts';
import { deliveredLogs } from './log-delivery.ts';
import type { Network } from './network.ts';

export interface KafkaClusterProps {
  readonly network: Network;
  readonly lake: Lake;
}

/** MSK with IAM only, and the topics of the pipelines. */
export class KafkaCluster extends Construct {
  readonly clusterName: string;
  readonly clusterArn: string;
  /** `host:port` of the brokers, IAM over TLS, joined by commas. */
  readonly brokers: string;
  private readonly stack: EnvironmentStack;
  private readonly groups: Construct;

  constructor(scope: EnvironmentStack, id: string, props: KafkaClusterProps) {
    super(scope, id);
    this.stack = scope;
    this.groups = new Construct(this, 'ConsumerGroups');
    const { brokers, brokerType, maxStorageGiB } = scope.settings.stream;
    // A name of its own on purpose: a change that CloudFormation can only make by a new cluster, which would be empty, fails on the name
    // that is taken, and the old cluster and its messages stay.
    this.clusterName = scope.prefix;
    const cluster = this.makeCluster(props);
    this.clusterArn = cluster.attrArn;
    new KafkaStorageScaling(this, 'StorageScaling', { clusterArn: this.clusterArn, maxStorageGiB });
    this.brokers = new BootstrapBrokers(this, 'Bootstrap', {
      network: props.network,
      clusterArn: this.clusterArn,
      brokers,
      brokerType,
    }).addresses;
    for (const topic of PIPELINES.flatMap(({ topics }) => topics)) {
      new KafkaTopic(this, `Topic-${topic.name}`, { stack: scope, clusterArn: this.clusterArn, topic });
    }
  }

  /** Lets `grantee` connect and write to `topic`, and to no other. */
  grantProduce(grantee: IGrantable, topic: string): Grant {
    return this.grant(grantee, [this.clusterArn], ['Connect', 'WriteDataIdempotently']).combine(
      this.grant(grantee, [this.arnOf('topic', topic)], ['DescribeTopic', 'WriteData']),
    );
  }

  /** Lets `role` read `topic` as the consumer groups whose name begins with `groupPrefix`; an empty one is every group of this cluster. */
  grantConsume(role: IRole, topic: string, groupPrefix: string): Grant {
    role.addManagedPolicy(this.groupPolicy(groupPrefix));
    return this.grant(role, [this.clusterArn], ['Connect']).combine(
      this.grant(role, [this.arnOf('topic', topic)], ['DescribeTopic', 'ReadData']),
    );
  }

  /** What an event source needs of the role of its function, beside {@link grantConsume}. https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html */
  grantEventSource(role: IRole): void {
    const actions = [
      'kafka:DescribeCluster',
      'kafka:DescribeClusterV2',
      'kafka:GetBootstrapBrokers',
      'kafka-cluster:DescribeClusterDynamicConfiguration',
    ];
    role.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [this.clusterArn] }));
  }

  /** Lets `grantee` read the offsets of `topic`, not its messages. */
  grantDescribe(grantee: IGrantable, topic: string): Grant {
    return this.grant(grantee, [this.clusterArn], ['Connect']).combine(
      this.grant(grantee, [this.arnOf('topic', topic)], ['DescribeTopic']),
    );
  }

  /** Consumers add a random end to the names of their groups: rights on them end in a star, and all of them are here, one policy a prefix. */
  private groupPolicy(prefix: string): ManagedPolicy {
    const id = prefix === '' ? 'any' : prefix;
    const made = this.groups.node.tryFindChild(id);
    if (made instanceof ManagedPolicy) return made;
    const actions = ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'];
    const statements = [new PolicyStatement({ actions, resources: [this.arnOf('group', `${prefix}*`)] })];
    return new ManagedPolicy(this.groups, id, { description: `Kafka: consumer groups ${prefix}*`, statements });
  }

  private makeCluster({ network, lake }: KafkaClusterProps): CfnCluster {
    const { stream, retention } = this.stack.settings;
    const configuration = new KafkaConfiguration(this, 'Configuration', this.stack);
    const logs = new LogGroup(this, 'BrokerLogs', {
      logGroupName: deliveredLogs('msk', this.clusterName),
      retention: retention.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const cluster = new CfnCluster(this, 'Resource', {
      clusterName: this.clusterName,
      kafkaVersion: stream.kafkaVersion,
      numberOfBrokerNodes: stream.brokers,
      brokerNodeGroupInfo: {
        instanceType: stream.brokerType,
        clientSubnets: network.vpc.isolatedSubnets.slice(0, stream.zones).map(({ subnetId }) => subnetId),
        securityGroups: [network.groups.kafka.securityGroupId],
        storageInfo: { ebsStorageInfo: { volumeSize: stream.storageGiB } },
      },
      configurationInfo: { arn: configuration.arn, revision: configuration.revision },
      // The only way in: IAM over TLS. What is not said is not off: unauthenticated clients are, explicitly.
      clientAuthentication: {
        sasl: { iam: { enabled: true }, scram: { enabled: false } },
        tls: { enabled: false },
        unauthenticated: { enabled: false },
      },
      encryptionInfo: {
        encryptionAtRest: { dataVolumeKmsKeyId: lake.key.keyArn },
        encryptionInTransit: { clientBroker: 'TLS', inCluster: true },
      },
      // Free, and has what is alarmed on: disks, offline partitions. Lag of consumers is measured by a function of ours.
      enhancedMonitoring: 'DEFAULT',
      loggingInfo: { brokerLogs: { cloudWatchLogs: { enabled: true, logGroup: logs.logGroupName } } },
    });
    cluster.applyRemovalPolicy(this.stack.dataRemoval);
    return cluster;
  }

  private grant(grantee: IGrantable, resourceArns: string[], actions: readonly string[]): Grant {
    return Grant.addToPrincipal({ grantee, actions: actions.map((action) => `kafka-cluster:${action}`), resourceArns });
  }

  /** The cluster's unique id is part of the name of all that is in it, so that a later cluster of the same name is another. */
  private arnOf(kind: 'topic' | 'group', name: string): string {
    const uuid = Fn.select(2, Fn.split('/', this.clusterArn));
    return this.stack.formatArn({ service: 'kafka', resource: kind, resourceName: `${this.clusterName}/${uuid}/${name}` });
  }
}
