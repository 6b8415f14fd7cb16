import { execa, ExecaError } from 'execa';
import { Interrupted, UsageError } from '../../cli/failures.ts';
import type { Deployed } from '../aws.ts';
import { environment } from '../../environments.ts';
import { portOf, sessionArguments, useOf, type Interface } from '../../web-interfaces.ts';
import { primaryNode } from '../clusters.ts';

const PLUGIN_HELP = 'https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html';
const CLI_HELP = 'https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html';

/** Forwards a port of this machine to a web interface of the running cluster, until it is told to stop. */
export async function openTunnel(deployed: Deployed, to: Interface, localPort: number | undefined, signal: AbortSignal): Promise<void> {
  await requireTools();
  const { clusterId, instanceId } = await primaryNode(deployed);
  const { encryptInTransit } = environment(deployed.environment).processing;
  const port = portOf(to, encryptInTransit);
  const local = localPort ?? port;
  console.log(`${to} of ${clusterId}: ${useOf(to, encryptInTransit, local)}\nCtrl-C ends the tunnel.`);
  const session = execa('aws', sessionArguments(deployed.region, instanceId, port, local), {
    stdio: ['ignore', 'inherit', 'inherit'],
    cancelSignal: signal,
    reject: false,
  });
  const { exitCode, isCanceled } = await session;
  if (isCanceled || signal.aborted) throw new Interrupted('tunnel closed');
  if (exitCode !== 0) throw new UsageError(`tunnel must stay open, got exit code ${exitCode} of aws ssm start-session: it says why above`);
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
