import getPort, { clearLockedPorts } from 'get-port';

export interface Ports {
  /** Where clients connect. */
  readonly broker: number;
  /** Where the broker talks to its controller, which is itself. */
  readonly controller: number;
}

/** Two free loopback ports: those of the last run where they are still free, so that a URL people have noted keeps working. */
export async function freePorts(last: Partial<Ports> = {}): Promise<Ports> {
  // get-port does not give out a port twice within a process, for half a minute: a broker started again would not get its own back.
  clearLockedPorts();
  const broker = await freePort(last.broker);
  return { broker, controller: await freePort(last.controller, [broker]) };
}

function freePort(preferred: number | undefined, exclude: number[] = []): Promise<number> {
  return getPort({ host: '127.0.0.1', exclude, ...(preferred === undefined ? {} : { port: preferred }) });
}
