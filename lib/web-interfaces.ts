/** Web interfaces of an EMR cluster, and how they are reached: by Systems Manager, without ssh and without an open port. */

interface WebInterface {
  /** On the primary node. */
  readonly port: number;
  /** Where nodes speak TLS to each other. @default - the same */
  readonly tlsPort?: number;
  /** What to do with the port once it is here, at a URL without a slash at its end. */
  readonly use: (url: string) => string;
}

/**
 * Ports: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-web-interfaces.html, and under TLS
 * https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-encryption-support-matrix.html (Spark), Hadoop's own default (YARN).
 */
const INTERFACES = {
  hue: { port: 8888, use: (url) => `open ${url}/ (who signs in first on a new cluster becomes its superuser)` },
  livy: { port: 8998, use: (url) => `open ${url}/ui, or send sessions and batches to ${url}` },
  spark: { port: 18080, tlsPort: 18480, use: (url) => `open ${url}/` },
  yarn: { port: 8088, tlsPort: 8090, use: (url) => `open ${url}/cluster` },
  // Enterprise Gateway runs kernels and has no pages of its own.
  notebooks: { port: 9547, use: (url) => `run \`jupyter lab --gateway-url=${url}\` on this machine` },
} as const satisfies Readonly<Record<string, WebInterface>>;

export type Interface = keyof typeof INTERFACES;

export const INTERFACE_NAMES = Object.keys(INTERFACES) as readonly Interface[];

/** @param tls Whether nodes of the cluster speak TLS to each other */
export function portOf(name: Interface, tls: boolean): number {
  const { port, tlsPort = port }: WebInterface = INTERFACES[name];
  return tls ? tlsPort : port;
}

/** What to do once the interface is at `localPort` of this machine. */
export function useOf(name: Interface, tls: boolean, localPort: number): string {
  const how = INTERFACES[name].use(`${tls ? 'https' : 'http'}://localhost:${localPort}`);
  return tls ? `${how}; its certificate was made when the environment was deployed, and no browser knows it` : how;
}

/** Arguments of the AWS CLI that forwards a port of this machine to one of the instance, each as it is: nothing is read by a shell. */
export function sessionArguments(region: string, instanceId: string, port: number, localPort: number): string[] {
  const parameters = JSON.stringify({ portNumber: [String(port)], localPortNumber: [String(localPort)] });
  const document = ['--document-name', 'AWS-StartPortForwardingSession', '--parameters', parameters];
  return ['ssm', 'start-session', '--region', region, '--target', instanceId, ...document];
}
