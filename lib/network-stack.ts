import type { Construct } from 'constructs';
import { EnvironmentStack, type EnvironmentStackProps } from './constructs/environment-stack.ts';
import { Network } from './constructs/network.ts';

/** The VPC that everything stands in. */
export class NetworkStack extends EnvironmentStack {
  readonly network: Network;

  constructor(scope: Construct, id: string, props: EnvironmentStackProps) {
    super(scope, id, 'Millrace: network', props);
    this.network = new Network(this, 'Network');
  }
}
