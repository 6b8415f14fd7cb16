import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import getPort from 'get-port';
import { afterAll } from 'vitest';
import { LOG4J_PROPERTIES, serverProperties } from '../../lib/local/broker/settings.ts';
import { KAFKA_JARS } from './broker.ts';

export interface SecureBroker {
  /** Of the listener that asks for a token over TLS, as MSK does at port 9098. */
  readonly secure: string;
  /** Of the plain listener, for looking at what has arrived. */
  readonly bootstrap: string;
  /** Certificate of the broker, which signed itself. */
  readonly ca: string;
  /** What the broker has logged so far. */
  log(): string;
}

const START_TIMEOUT_MS = 30_000;
const PASSWORD = 'changeit';

/**
 * A real broker with a second listener: SASL_SSL and OAUTHBEARER, its certificate made by keytool. Kafka's own validator of unsigned
 * tokens stands for MSK's, which takes signed URLs.
 *
 * @param maxReauthMs a login lasts this long at most; a client that has not logged in again by then is cut off
 */
export async function secureBroker({ maxReauthMs }: { readonly maxReauthMs: number }): Promise<SecureBroker> {
  const home = await mkdtemp(join(tmpdir(), 'millrace-secure-broker-'));
  const [broker, controller, secure] = [await getPort(), await getPort(), await getPort()];
  await makeCertificate(home);
  const settings = join(home, 'server.properties');
  // Of a setting given twice the last one counts.
  await writeFile(
    settings,
    `${serverProperties({ broker, controller })}${secureProperties({ broker, controller, secure, home, maxReauthMs })}`,
  );
  await writeFile(join(home, 'log4j.properties'), LOG4J_PROPERTIES);
  await mkdir(join(home, 'data'));
  await once(
    java(home, ['kafka.tools.StorageTool', 'format', `--cluster-id=${randomBytes(16).toString('base64url')}`, '-c', settings]),
    'exit',
  );
  const child = java(home, ['kafka.Kafka', settings]);
  afterAll(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
    await rm(home, { recursive: true });
  });
  const log = () => readFileSync(join(home, 'broker.log'), 'utf8');
  await untilOpen(secure, child, log);
  const ca = await readFile(join(home, 'ca.pem'), 'utf8');
  return { secure: `127.0.0.1:${secure}`, bootstrap: `127.0.0.1:${broker}`, ca, log };
}

async function makeCertificate(home: string): Promise<void> {
  const keystore = ['-keystore', join(home, 'broker.p12'), '-storepass', PASSWORD, '-alias', 'broker'];
  const about = ['-keyalg', 'EC', '-dname', 'CN=127.0.0.1', '-ext', 'SAN=IP:127.0.0.1', '-validity', '1'];
  await execa('keytool', ['-genkeypair', ...keystore, ...about]);
  await execa('keytool', ['-exportcert', '-rfc', ...keystore, '-file', join(home, 'ca.pem')]);
}

interface Settings {
  readonly broker: number;
  readonly controller: number;
  readonly secure: number;
  readonly home: string;
  readonly maxReauthMs: number;
}

function secureProperties({ broker, controller, secure, home, maxReauthMs }: Settings): string {
  const listener = 'listener.name.secure';
  return Object.entries({
    listeners: `BROKER://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller},SECURE://127.0.0.1:${secure}`,
    'advertised.listeners': `BROKER://127.0.0.1:${broker},SECURE://127.0.0.1:${secure}`,
    'listener.security.protocol.map': 'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL',
    [`${listener}.ssl.keystore.location`]: join(home, 'broker.p12'),
    [`${listener}.ssl.keystore.password`]: PASSWORD,
    [`${listener}.ssl.keystore.type`]: 'PKCS12',
    [`${listener}.sasl.enabled.mechanisms`]: 'OAUTHBEARER',
    [`${listener}.oauthbearer.sasl.jaas.config`]:
      'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";',
    [`${listener}.oauthbearer.connections.max.reauth.ms`]: maxReauthMs,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function java(home: string, command: readonly string[]): ChildProcess {
  const log = openSync(join(home, 'broker.log'), 'a');
  const options = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dlog4j.configuration=file:log4j.properties'];
  return spawn('java', [...options, '-cp', join(KAFKA_JARS, '*'), ...command], { cwd: home, stdio: ['ignore', log, log] });
}

async function untilOpen(port: number, child: ChildProcess, log: () => string): Promise<void> {
  for (const until = Date.now() + START_TIMEOUT_MS; Date.now() < until; await sleep(50)) {
    if (child.exitCode !== null) break;
    const socket = createConnection({ host: '127.0.0.1', port });
    const opened = await Promise.race([once(socket, 'connect').then(() => true), sleep(500, false)]).catch(() => false);
    socket.destroy();
    if (opened) return;
  }
  throw new Error(`broker must open port ${port}, got:\n${log().split('\n').slice(-25).join('\n')}`);
}
