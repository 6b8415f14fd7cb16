import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureTopics, startBroker, type Broker } from '../../../lib/local/broker.ts';
import { stackName } from '../../../lib/outputs.ts';
import { KAFKA_JARS } from '../../support/broker.ts';
import { Cdk } from './cdk.ts';
import { loopbackCertificate } from './certificate.ts';
import { Cloud } from './cloud.ts';
import { CHECKOUT, Emulator } from './emulator.ts';
import { IamGateway } from './iam-gateway.ts';
import { RedshiftServer } from './redshift-server.ts';

/** AWS on this machine: the emulator, a real Kafka broker behind what MSK asks of clients, PostgreSQL for Redshift, and Spark for EMR. */
export interface LocalCloud {
  readonly folder: string;
  readonly emulator: Emulator;
  readonly broker: Broker;
  readonly gateway: IamGateway;
  readonly redshift: RedshiftServer;
  readonly cloud: Cloud;
  readonly cdk: Cdk;
  /** Folder of the lake's tables. */
  readonly lakeHome: string;
  stop(): Promise<void>;
}

export async function startLocalCloud(): Promise<LocalCloud> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-cloud-'));
  const lake = join(folder, 'lake');
  const certificate = join(folder, 'ca.pem');
  const identity = await loopbackCertificate();
  await writeFile(certificate, identity.certificate);
  const [broker, redshift] = await Promise.all([
    startBroker({ dataDir: folder, jars: KAFKA_JARS }),
    RedshiftServer.start(join(lake, 's3')),
  ]);
  const gateway = await IamGateway.start(broker.bootstrap, identity);
  const emulator = await Emulator.start({
    folder,
    environment: {
      // Functions trust the gateway's certificate as they trust Amazon's.
      NODE_EXTRA_CA_CERTS: certificate,
      MINISTACK_MSK_BOOTSTRAP_SASL_IAM: gateway.bootstrap,
      SFN_WAIT_SCALE: '0.002',
      MILLRACE_REDSHIFT: redshift.url,
      MILLRACE_LAKE: lake,
      MILLRACE_PLAIN_BROKERS: broker.bootstrap,
      MILLRACE_STEP_RUNNER: JSON.stringify([process.execPath, '--import', 'tsx', join(CHECKOUT, 'test/deployment/emulator/run-step.ts')]),
    },
  });
  const cloud = new Cloud(emulator);
  redshift.s3 = cloud.s3;
  return {
    folder,
    emulator,
    broker,
    gateway,
    redshift,
    cloud,
    cdk: new Cdk(emulator, folder),
    lakeHome: join(lake, 'home'),
    async stop() {
      await emulator.stop();
      await Promise.all([gateway.stop(), broker.stop(), redshift.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The topics that an environment's stacks have declared, in the broker: MSK would have made them. */
export async function makeDeclaredTopics({ emulator, broker }: LocalCloud, environment: string): Promise<string[]> {
  const declared = (await emulator.live()).filter(
    ({ kind, stack }) => kind === 'AWS::MSK::Topic' && stack === stackName(environment, 'stream'),
  );
  const topics = declared.map(({ properties: { TopicName, PartitionCount, Configs } }) => ({
    name: String(TopicName),
    partitions: Number(PartitionCount),
    config: configOf(String(Configs)),
  }));
  await ensureTopics(broker.bootstrap, topics);
  return topics.map(({ name }) => name).sort();
}

/** Base64 of a JSON object, as MSK takes it. */
function configOf(configs: string): Record<string, string> {
  return JSON.parse(Buffer.from(configs, 'base64').toString('utf8')) as Record<string, string>;
}
