import { CfnSecurityGroupEgress, CfnSecurityGroupIngress, SecurityGroup, type IVpc } from 'aws-cdk-lib/aws-ec2';
import { Tags } from 'aws-cdk-lib/core';
import { Construct, type IDependable } from 'constructs';

/** EMR's service policy allows EMR to use what carries this tag. */
export const EMR_TAG = 'for-use-with-amazon-emr-managed-policies';

const DESCRIPTIONS = {
  kafka: 'Kafka brokers',
  emrPrimary: 'Primary node of EMR',
  emrCore: 'Core and task nodes of EMR',
  emrService: 'Control plane of EMR',
  warehouse: 'Redshift',
  functions: 'Lambdas that speak to Kafka',
  endpoints: 'Interface endpoints of AWS services',
} as const;

export type GroupName = keyof typeof DESCRIPTIONS;

/** What is spoken; no ports: all of them. */
interface Speech {
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly port?: number;
}

interface Rule extends Speech {
  readonly from: GroupName;
  readonly to: GroupName;
  readonly why: string;
}

const NODES = ['emrPrimary', 'emrCore'] as const;
const KAFKA_IAM_PORT = 9098;
const HTTPS_PORT = 443;

/** Who may speak to whom. Each rule opens the way out of one group and into the other; there is no other way. */
const RULES: readonly Rule[] = [
  ...([...NODES, 'functions', 'warehouse'] as const).flatMap((from): Rule[] => [
    { from, to: 'kafka', protocol: 'tcp', port: KAFKA_IAM_PORT, why: 'Kafka over IAM' },
    { from, to: 'endpoints', protocol: 'tcp', port: HTTPS_PORT, why: 'AWS services' },
  ]),
  // What polls the brokers for a Lambda stands in their own group. https://docs.aws.amazon.com/lambda/latest/dg/with-msk-cluster-network.html
  { from: 'kafka', to: 'kafka', protocol: 'tcp', port: KAFKA_IAM_PORT, why: 'Event sources of Lambda' },
  // What EMR wants of its groups, whole: it would add what is missing, and leave it behind.
  // https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-man-sec-groups.html
  ...NODES.flatMap((from) =>
    NODES.flatMap((to): Rule[] => [
      { from, to, protocol: 'tcp', why: 'Nodes among themselves' },
      { from, to, protocol: 'udp', why: 'Nodes among themselves' },
      { from, to, protocol: 'icmp', why: 'Nodes among themselves' },
    ]),
  ),
  ...NODES.map((to): Rule => ({ from: 'emrService', to, protocol: 'tcp', port: 8443, why: 'EMR manages the nodes' })),
  { from: 'emrPrimary', to: 'emrService', protocol: 'tcp', port: 9443, why: 'Nodes report to EMR' },
];

/** Who reads or writes S3, by the gateway endpoint. */
const S3_CALLERS: readonly GroupName[] = [...NODES, 'functions', 'warehouse'];

/** The security groups of an environment. */
export class SecurityGroups extends Construct {
  readonly kafka: SecurityGroup;
  readonly emrPrimary: SecurityGroup;
  readonly emrCore: SecurityGroup;
  readonly emrService: SecurityGroup;
  readonly warehouse: SecurityGroup;
  /** Lambdas that speak to Kafka. */
  readonly functions: SecurityGroup;
  readonly endpoints: SecurityGroup;

  constructor(scope: Construct, id: string, { vpc }: { readonly vpc: IVpc }) {
    super(scope, id);
    const group = (name: GroupName) =>
      new SecurityGroup(this, capitalized(name), { vpc, description: DESCRIPTIONS[name], allowAllOutbound: false });
    this.kafka = group('kafka');
    this.emrPrimary = group('emrPrimary');
    this.emrCore = group('emrCore');
    this.emrService = group('emrService');
    this.warehouse = group('warehouse');
    this.functions = group('functions');
    this.endpoints = group('endpoints');
    for (const each of this.emr) Tags.of(each).add(EMR_TAG, 'true');
  }

  /** The groups that are EMR's: all three are named when a cluster is made, or EMR makes its own. */
  get emr(): readonly SecurityGroup[] {
    return [this.emrPrimary, this.emrCore, this.emrService];
  }

  /**
   * Opens the ways between the groups. They are resources of their own, because groups that name each other cannot be made in one go.
   * @param cleanup what clears the groups of foreign rules when it is deleted: after these, and before the groups
   */
  open(cleanup: IDependable): void {
    for (const rule of RULES) this.openFor(rule, cleanup);
    for (const name of S3_CALLERS) {
      // S3 has a list of addresses in each region, whose id would have to be looked up. The VPC has no way to the internet, so that
      // "anywhere" is the gateway endpoint of S3 and the interface endpoints.
      new CfnSecurityGroupEgress(this, `${capitalized(name)}ToS3`, {
        groupId: this[name].securityGroupId,
        cidrIp: '0.0.0.0/0',
        ...portsOf({ protocol: 'tcp', port: HTTPS_PORT }),
        description: 'S3 by its gateway endpoint',
      }).node.addDependency(cleanup);
    }
  }

  private openFor({ from, to, why, ...speech }: Rule, cleanup: IDependable): void {
    const id = `${capitalized(from)}To${capitalized(to)}${capitalized(speech.protocol)}${speech.port ?? ''}`;
    const [sender, receiver] = [this[from].securityGroupId, this[to].securityGroupId];
    const description = `${why}: from ${DESCRIPTIONS[from]} to ${DESCRIPTIONS[to]}`;
    const ways = [
      new CfnSecurityGroupEgress(this, `${id}Out`, {
        groupId: sender,
        destinationSecurityGroupId: receiver,
        ...portsOf(speech),
        description,
      }),
      new CfnSecurityGroupIngress(this, `${id}In`, { groupId: receiver, sourceSecurityGroupId: sender, ...portsOf(speech), description }),
    ];
    for (const way of ways) way.node.addDependency(cleanup);
  }
}

function portsOf({ protocol, port }: Speech) {
  const [first, last] = protocol === 'icmp' ? [-1, -1] : [0, 65_535];
  return { ipProtocol: protocol, fromPort: port ?? first, toPort: port ?? last };
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
