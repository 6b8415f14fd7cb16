import { CfnCluster } from 'aws-cdk-lib/aws-msk';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { EnvironmentStack } from './environment-stack.ts';
import type { Lake } from './lake.ts';
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

  constructor(scope: EnvironmentStack, id: string, { network }: KafkaClusterProps) {
    super(scope, id);
    const { stream } = scope.settings;
    this.clusterName = scope.prefix;
    const cluster = new CfnCluster(this, 'Resource', {
      clusterName: this.clusterName,
      kafkaVersion: stream.kafkaVersion,
      numberOfBrokerNodes: stream.brokers,
      brokerNodeGroupInfo: {
        instanceType: stream.brokerType,
        clientSubnets: network.vpc.isolatedSubnets.slice(0, stream.zones).map(({ subnetId }) => subnetId),
        securityGroups: [network.groups.kafka.securityGroupId],
      },
    });
    this.clusterArn = cluster.attrArn;
    this.brokers = 'b-1.todo:9098';
  }

  /** Lets `grantee` connect and write to `topic`, and to no other. */
  grantProduce(grantee: IGrantable, topic: string): Grant {
    return Grant.addToPrincipal({ grantee, actions: ['kafka-cluster:WriteData'], resourceArns: [topic] });
  }

  /** Lets `grantee` read `topic` as the consumer groups whose name begins with `groupPrefix`. */
  grantConsume(grantee: IGrantable, topic: string, groupPrefix: string): Grant {
    return Grant.addToPrincipal({ grantee, actions: ['kafka-cluster:ReadData'], resourceArns: [topic, groupPrefix] });
  }

  /** Lets `grantee` read the offsets of `topic`, not its messages. */
  grantDescribe(grantee: IGrantable, topic: string): Grant {
    return Grant.addToPrincipal({ grantee, actions: ['kafka-cluster:DescribeTopic'], resourceArns: [topic] });
  }
}
