/** Web interfaces of an EMR cluster, and how they are reached: by Systems Manager, without ssh and without an open port. */

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

/** Arguments of the AWS CLI that forwards a port of this machine to one of the instance, each as it is: nothing is read by a shell. */
export function sessionArguments(region: string, instanceId: string, port: number, localPort: number): string[] {
  const parameters = JSON.stringify({ portNumber: [String(port)], localPortNumber: [String(localPort)] });
  const document = ['--document-name', 'AWS-StartPortForwardingSession', '--parameters', parameters];
  return ['ssm', 'start-session', '--region', region, '--target', instanceId, ...document];
}
