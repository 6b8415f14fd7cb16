import { CustomResource } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { Network } from './network.ts';
import { NodeFunction } from './node-function.ts';

export interface BootstrapBrokersProps {
  readonly network: Network;
  readonly clusterArn: string;
  /** What changes when brokers are added or replaced: the addresses are then asked for again. */
  readonly brokers: number;
  readonly brokerType: string;
}

/** Addresses of the brokers, which CloudFormation itself does not tell. */
export class BootstrapBrokers extends Construct {
  /** `host:port`, joined by commas. */
  readonly addresses: string;

  constructor(scope: Construct, id: string, { network, clusterArn, brokers, brokerType }: BootstrapBrokersProps) {
    super(scope, id);
    const finder = new NodeFunction(this, 'Function', {
      source: 'find-brokers',
      description: 'Tells CloudFormation the addresses of the Kafka brokers',
      timeoutSeconds: 60,
      memoryMb: 256,
    });
    finder.role!.addManagedPolicy(network.accountWide.brokerAddresses);
    const found = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::BootstrapBrokers',
      serviceToken: finder.functionArn,
      properties: { ClusterArn: clusterArn, NumberOfBrokers: brokers, BrokerType: brokerType },
    });
    this.addresses = found.getAttString('Brokers');
  }
}
