import { execa, ExecaError } from 'execa';
import { Interrupted, UsageError } from '../../cli/failures.ts';
import type { Deployed } from '../aws.ts';
import { primaryNode } from '../clusters.ts';

interface WebInterface {
  /** On the primary node. */
  readonly port: number;
  /** What to do with the port once it is here. */
  readonly use: (address: string) => string;
}

/** https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-web-interfaces.html */
export const INTERFACES = {
  hue: { port: 8888, use: (address) => `open http://${address}/ (who signs in first on a new cluster becomes its superuser)` },
  livy: { port: 8998, use: (address) => `open http://${address}/ui, or send sessions and batches to http://${address}` },
  spark: { port: 18080, use: (address) => `open http://${address}/` },
  yarn: { port: 8088, use: (address) => `open http://${address}/cluster` },
  // Enterprise Gateway runs kernels and has no pages of its own.
  notebooks: { port: 9547, use: (address) => `run \`jupyter lab --gateway-url=http://${address}\` on this machine` },
} as const satisfies Readonly<Record<string, WebInterface>>;

export type Interface = keyof typeof INTERFACES;

const PLUGIN_HELP = 'https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html';
const CLI_HELP = 'https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html';

/** Forwards a port of this machine to a web interface of the running cluster, until it is told to stop. */
export async function openTunnel(deployed: Deployed, to: Interface, localPort: number | undefined, signal: AbortSignal): Promise<void> {
  await requireTools();
  const { clusterId, instanceId } = await primaryNode(deployed);
  const { port, use } = INTERFACES[to];
  const local = localPort ?? port;
  console.log(`${to} of ${clusterId}: ${use(`localhost:${local}`)}\nCtrl-C ends the tunnel.`);
  const session = execa('aws', sessionArguments(deployed.region, instanceId, port, local), {
    stdio: ['ignore', 'inherit', 'inherit'],
    cancelSignal: signal,
    reject: false,
  });
  const { exitCode, isCanceled } = await session;
  if (isCanceled || signal.aborted) throw new Interrupted('tunnel closed');
  if (exitCode !== 0) throw new UsageError(`tunnel must stay open, got exit code ${exitCode} of aws ssm start-session: it says why above`);
}

/** Arguments, each as it is: nothing is read by a shell. */
export function sessionArguments(region: string, instanceId: string, port: number, localPort: number): string[] {
  const parameters = JSON.stringify({ portNumber: [String(port)], localPortNumber: [String(localPort)] });
  const document = ['--document-name', 'AWS-StartPortForwardingSession', '--parameters', parameters];
  return ['ssm', 'start-session', '--region', region, '--target', instanceId, ...document];
}

async function requireTools(): Promise<void> {
  await requireTool('aws', 'the AWS CLI', CLI_HELP);
  await requireTool('session-manager-plugin', 'the Session Manager plugin of the AWS CLI', PLUGIN_HELP);
}

async function requireTool(command: string, what: string, help: string): Promise<void> {
  await execa(command, ['--version']).catch((error: unknown) => {
    // Whatever it makes of the option: it is there.
    if (!(error instanceof ExecaError) || error.code !== 'ENOENT') return;
    throw new UsageError(`${command} must be on the PATH, got nothing: install ${what} (${help})`);
  });
}
