import type { Environment } from '../environments.ts';
import { BROKER_PRICES, NODE_PRICES, PRICES } from './prices.ts';
import { countIn, listIn, numberIn, valueIn } from './template.ts';

/** What a resource costs a day, and of how many of what. */
export interface PricedPart {
  readonly what: string;
  readonly count: number;
  readonly of: string;
  readonly usd: number;
  /** The figure rests on a guess of how much is used. */
  readonly estimate?: true;
}

/** In a day. */
export const HOURS = 24;
const DAYS_A_MONTH = 30.4;
/** GiB of a node's disk where the template says nothing: EMR's own default of gp3. */
const NODE_DISK_GIB = 64;

type Pricing = (properties: unknown, environment: Environment) => PricedPart[];

/** Of a price by the month, that of a day. */
export const monthly = (usd: number) => usd / DAYS_A_MONTH;

/** What a resource costs a day at which nothing happens, by its type. */
export const PRICED: Readonly<Record<string, Pricing>> = {
  'AWS::MSK::Cluster': (properties) => {
    const brokers = numberIn(properties, 'NumberOfBrokerNodes');
    const type = valueIn(properties, 'BrokerNodeGroupInfo', 'InstanceType') as string;
    const price = BROKER_PRICES[type];
    if (!price) throw new Error(`price of brokers must be in lib/cost/prices.ts, got none for ${type}`);
    const disk = numberIn(properties, 'BrokerNodeGroupInfo', 'StorageInfo', 'EBSStorageInfo', 'VolumeSize');
    return [
      { what: 'MSK brokers', count: brokers, of: type, usd: brokers * HOURS * price.usd },
      { what: 'MSK disks', count: brokers * disk, of: 'GiB', usd: brokers * disk * monthly(PRICES.mskStorage.usd) },
    ];
  },
  'AWS::EC2::VPCEndpoint': (properties) => {
    if (valueIn(properties, 'VpcEndpointType') !== 'Interface') return [];
    const zones = listIn(properties, 'SubnetIds').length;
    return [{ what: 'Interface endpoints', count: zones, of: 'endpoints in a zone', usd: zones * HOURS * PRICES.interfaceEndpoint.usd }];
  },
  'AWS::EC2::NatGateway': () => [{ what: 'NAT gateways', count: 1, of: 'gateways', usd: HOURS * PRICES.natGateway.usd }],
  'AWS::EC2::EIP': () => [{ what: 'Public addresses', count: 1, of: 'addresses', usd: HOURS * PRICES.publicAddress.usd }],
  'AWS::EMR::Cluster': (properties) => {
    const fleets = ['MasterInstanceFleet', 'CoreInstanceFleet'].map((name) => valueIn(properties, 'Instances', name));
    return fleets.flatMap((fleet) => {
      const nodes = countIn(fleet, 'TargetOnDemandCapacity') + countIn(fleet, 'TargetSpotCapacity');
      const type = valueIn(listIn(fleet, 'InstanceTypeConfigs')[0], 'InstanceType') as string;
      return nodeParts(type, nodes, HOURS);
    });
  },
  'AWS::RedshiftServerless::Workgroup': (properties, { warehouse }) => {
    const rpu = numberIn(properties, 'BaseCapacity');
    const { streamingRefresh } = warehouse;
    if (streamingRefresh === 'auto') {
      // Where no event comes the view may let it rest; that is nowhere promised.
      const usd = rpu * HOURS * PRICES.redshiftRpu.usd;
      return [{ what: 'Redshift', count: rpu, of: 'RPU all day: the streaming view is always fresh', usd, estimate: true }];
    }
    const wakes = (HOURS * 60) / streamingRefresh.everyMinutes;
    return [
      {
        what: 'Redshift',
        count: wakes,
        of: `refreshes of a minute on ${rpu} RPU`,
        usd: ((wakes * rpu) / 60) * PRICES.redshiftRpu.usd,
        estimate: true,
      },
    ];
  },
  // What it holds is not idle; the secret of its managed password is there, and in no template.
  'AWS::RedshiftServerless::Namespace': (properties) =>
    valueIn(properties, 'ManageAdminPassword') === true
      ? [{ what: 'Secrets', count: 1, of: 'secrets', usd: monthly(PRICES.secret.usd) }]
      : [],
  'AWS::KMS::Key': () => [{ what: 'Keys', count: 1, of: 'keys', usd: monthly(PRICES.kmsKey.usd) }],
  'AWS::SecretsManager::Secret': () => [{ what: 'Secrets', count: 1, of: 'secrets', usd: monthly(PRICES.secret.usd) }],
  'AWS::CloudWatch::Alarm': (properties) => {
    const metrics = listIn(properties, 'Metrics').filter((metric) => valueIn(metric, 'MetricStat') !== undefined).length || 1;
    return [{ what: 'Alarms', count: metrics, of: 'metrics watched', usd: metrics * monthly(PRICES.alarm.usd) }];
  },
  'AWS::CloudWatch::Dashboard': () => [{ what: 'Dashboards', count: 1, of: 'dashboards', usd: monthly(PRICES.dashboard.usd) }],
};

/** What costs nothing while nothing happens, and why. */
export const FREE: Readonly<Record<string, string>> = {
  'AWS::ApiGatewayV2::Api': 'priced by request',
  'AWS::ApiGatewayV2::Integration': 'part of an API',
  'AWS::ApiGatewayV2::Route': 'part of an API',
  'AWS::ApiGatewayV2::Stage': 'part of an API',
  'AWS::ApplicationAutoScaling::ScalableTarget': 'no charge',
  'AWS::ApplicationAutoScaling::ScalingPolicy': 'no charge; its alarms are counted with the others where they are in the template',
  'AWS::Budgets::Budget': 'no charge for budgets without actions',
  'AWS::CDK::Metadata': 'not a resource',
  'AWS::EC2::FlowLog': 'priced by what it writes',
  'AWS::EC2::RouteTable': 'part of a VPC',
  'AWS::EC2::SecurityGroup': 'part of a VPC',
  'AWS::EC2::SecurityGroupEgress': 'part of a VPC',
  'AWS::EC2::SecurityGroupIngress': 'part of a VPC',
  'AWS::EC2::Subnet': 'part of a VPC',
  'AWS::EC2::SubnetRouteTableAssociation': 'part of a VPC',
  'AWS::EC2::VPC': 'no charge',
  'AWS::EMR::InstanceFleetConfig': 'task nodes are there while there is work',
  'AWS::EMR::SecurityConfiguration': 'no charge',
  'AWS::Events::Rule': 'no charge for events of AWS and schedules; what they start is counted',
  'AWS::Glue::Database': 'no charge for the first million objects',
  'AWS::Glue::Table': 'no charge for the first million objects',
  'AWS::IAM::InstanceProfile': 'no charge',
  'AWS::IAM::ManagedPolicy': 'no charge',
  'AWS::IAM::Policy': 'no charge',
  'AWS::IAM::Role': 'no charge',
  'AWS::KMS::Alias': 'no charge',
  'AWS::Lambda::EventInvokeConfig': 'part of a function',
  'AWS::Lambda::Function': 'priced by call; calls on a schedule are counted',
  'AWS::Lambda::LayerVersion': 'no charge',
  'AWS::Lambda::Permission': 'part of a function',
  'AWS::Logs::LogGroup': 'priced by what is written to it',
  'AWS::Logs::ResourcePolicy': 'no charge',
  'AWS::MSK::Configuration': 'no charge',
  'AWS::MSK::Topic': 'no charge',
  'AWS::S3::Bucket': 'priced by what it holds',
  'AWS::S3::BucketPolicy': 'part of a bucket',
  'AWS::SNS::Subscription': 'priced by message',
  'AWS::SNS::Topic': 'priced by message',
  'AWS::SNS::TopicPolicy': 'part of a topic',
  'AWS::SQS::Queue': 'priced by message',
  'AWS::SQS::QueuePolicy': 'part of a queue',
  'AWS::Scheduler::Schedule': 'no charge for the first 14 million calls a month; what they start is counted',
  'AWS::Scheduler::ScheduleGroup': 'no charge',
  'AWS::StepFunctions::StateMachine': 'priced by state entered',
};

/** Custom resources are functions that run during a deployment. */
export function isKnown(type: string): boolean {
  return type in PRICED || type in FREE || type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource';
}

/** Nodes of EMR for some hours, with their disks. */
export function nodeParts(type: string, nodes: number, hours: number): PricedPart[] {
  const price = NODE_PRICES[type];
  if (!price) throw new Error(`price of nodes must be in lib/cost/prices.ts, got none for ${type}`);
  const disk = nodes * NODE_DISK_GIB * (hours / HOURS) * monthly(PRICES.ebs.usd);
  const usd = nodes * hours * (price.instance.usd + price.emr.usd) + disk;
  return nodes === 0 ? [] : [{ what: 'EMR nodes', count: nodes, of: type, usd }];
}
