/**
 * What AWS charges, list price, without free tiers and discounts. An estimate: prices differ by region and change.
 * To renew: look each up at its source, set its price and the date.
 */

export interface Price {
  readonly usd: number;
  /** What `usd` buys. */
  readonly per: string;
  readonly source: string;
  /** When it was read, YYYY-MM. */
  readonly read: string;
  /** Why the figure may be off. @default - it was on AWS's own page */
  readonly doubt?: string;
}

export const PRICE_REGION = 'us-east-1';

const SECONDARY = 'from a table that is not AWS’s';
const read = '2026-11';

export const PRICES = {
  mskStorage: {
    usd: 0.1,
    per: 'GB and month of broker disk',
    source: 'https://aws.amazon.com/msk/pricing/',
    read,
    doubt: SECONDARY,
  },
  interfaceEndpoint: { usd: 0.01, per: 'hour and zone of an endpoint', source: 'https://aws.amazon.com/privatelink/pricing/', read },
  endpointData: { usd: 0.01, per: 'GB through an endpoint', source: 'https://aws.amazon.com/privatelink/pricing/', read },
  natGateway: { usd: 0.045, per: 'hour of a gateway', source: 'https://aws.amazon.com/vpc/pricing/', read, doubt: SECONDARY },
  publicAddress: { usd: 0.005, per: 'hour of an address', source: 'https://aws.amazon.com/vpc/pricing/', read, doubt: SECONDARY },
  zoneTraffic: { usd: 0.02, per: 'GB between zones, both ends', source: 'https://aws.amazon.com/ec2/pricing/on-demand/', read },
  redshiftRpu: { usd: 0.375, per: 'RPU and hour, a minute at least', source: 'https://aws.amazon.com/redshift/pricing/', read },
  redshiftStorage: { usd: 0.024, per: 'GB and month', source: 'https://aws.amazon.com/redshift/pricing/', read, doubt: SECONDARY },
  ebs: { usd: 0.08, per: 'GB and month of gp3', source: 'https://aws.amazon.com/ebs/pricing/', read },
  kmsKey: { usd: 1, per: 'key and month', source: 'https://aws.amazon.com/kms/pricing/', read, doubt: 'not seen on AWS’s page this month' },
  secret: {
    usd: 0.4,
    per: 'secret and month',
    source: 'https://aws.amazon.com/secrets-manager/pricing/',
    read,
    doubt: 'not seen on AWS’s page this month',
  },
  alarm: { usd: 0.1, per: 'alarm metric and month', source: 'https://aws.amazon.com/cloudwatch/pricing/', read },
  dashboard: { usd: 3, per: 'dashboard and month', source: 'https://aws.amazon.com/cloudwatch/pricing/', read },
  customMetric: { usd: 0.3, per: 'metric and month', source: 'https://aws.amazon.com/cloudwatch/pricing/', read },
  logIngestion: { usd: 0.5, per: 'GB of logs', source: 'https://aws.amazon.com/cloudwatch/pricing/', read },
  lambdaRequest: { usd: 0.2 / 1e6, per: 'call', source: 'https://aws.amazon.com/lambda/pricing/', read },
  lambdaCompute: { usd: 0.0000133334, per: 'GB and second on ARM', source: 'https://aws.amazon.com/lambda/pricing/', read },
  stateTransition: { usd: 0.025 / 1000, per: 'state entered', source: 'https://aws.amazon.com/step-functions/pricing/', read },
  s3Put: { usd: 0.005 / 1000, per: 'PUT or LIST', source: 'https://aws.amazon.com/s3/pricing/', read },
  s3Get: { usd: 0.0004 / 1000, per: 'GET', source: 'https://aws.amazon.com/s3/pricing/', read },
  s3Storage: { usd: 0.023, per: 'GB and month', source: 'https://aws.amazon.com/s3/pricing/', read },
} as const satisfies Record<string, Price>;

const msk = (usd: number, doubt?: string): Price => ({
  usd,
  per: 'broker and hour',
  source: 'https://aws.amazon.com/msk/pricing/',
  read,
  ...(doubt && { doubt }),
});

/** By the type of broker. */
export const BROKER_PRICES: Readonly<Record<string, Price>> = {
  'kafka.t3.small': msk(0.0456, 'read in 2025'),
  'kafka.m5.large': msk(0.21),
  'kafka.m7g.large': msk(0.204),
  'kafka.m7g.xlarge': msk(0.408),
};

export interface NodePrice {
  /** Of EC2, on demand. */
  readonly instance: Price;
  /** What EMR adds. */
  readonly emr: Price;
}

const node = (instance: number, emr: number): NodePrice => ({
  instance: { usd: instance, per: 'instance and hour', source: 'https://aws.amazon.com/ec2/pricing/on-demand/', read, doubt: SECONDARY },
  emr: {
    usd: emr,
    per: 'instance and hour of EMR',
    source: 'https://aws.amazon.com/emr/pricing/',
    read,
    doubt: 'taken as a quarter of the instance, as it is for other types',
  },
});

/** By the type of instance. */
export const NODE_PRICES: Readonly<Record<string, NodePrice>> = {
  'm7g.xlarge': node(0.1632, 0.0408),
  'm6g.xlarge': node(0.154, 0.0385),
};
