import { connect, type Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';

const SASL_HANDSHAKE = 17;
const API_VERSIONS = 18;
const SASL_AUTHENTICATE = 36;
const HOST = Buffer.from('127.0.0.1');

/**
 * What MSK's port 9098 is to clients, before a broker without TLS: TLS, then SASL/OAUTHBEARER with a token as MSK's IAM takes it, then
 * Kafka. Where the broker tells its address, the gateway's is told. Nothing gets through that has not shown a token.
 */
export class IamGateway {
  /** Tokens shown, as the signed URLs they are. */
  readonly tokens: URL[] = [];

  private constructor(
    private readonly server: Server,
    private readonly broker: number,
  ) {}

  /** `host:port` */
  get bootstrap(): string {
    return `127.0.0.1:${this.port}`;
  }

  private get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  static async start(bootstrap: string, identity: { readonly key: string; readonly certificate: string }): Promise<IamGateway> {
    const server = createServer({ key: identity.key, cert: identity.certificate });
    const gateway = new IamGateway(server, Number(bootstrap.split(':')[1]));
    server.on('secureConnection', (client) => gateway.serve(client));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return gateway;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private serve(client: TLSSocket): void {
    const broker = connect(this.broker, '127.0.0.1');
    let authenticated = false;
    const end = () => {
      client.destroy();
      broker.destroy();
    };
    for (const side of [client, broker]) side.on('error', end).on('close', end);
    onFrames(client, (frame) => {
      const request = readHeader(frame);
      if (request.api === SASL_HANDSHAKE) return client.write(handshakeAnswer(request.correlation));
      if (request.api === SASL_AUTHENTICATE) {
        authenticated = this.accepts(frame);
        return authenticated ? client.write(authenticateAnswer(request)) : end();
      }
      if (!authenticated && request.api !== API_VERSIONS) return end();
      return broker.write(framed(frame));
    });
    onFrames(broker, (frame) => client.write(framed(this.withOurAddress(frame))));
  }

  private accepts(frame: Buffer): boolean {
    const [, text] = /auth=Bearer ([\w-]+)/.exec(frame.toString('latin1')) ?? [];
    if (!text) return false;
    const token = new URL(Buffer.from(text, 'base64url').toString('utf8'));
    this.tokens.push(token);
    return isIamToken(token);
  }

  /** Broker and gateway are both on 127.0.0.1: the port after it is another, and nothing moves. */
  private withOurAddress(frame: Buffer): Buffer {
    for (let at = frame.indexOf(HOST); at >= 0; at = frame.indexOf(HOST, at + 1)) {
      const port = at + HOST.length;
      if (port + 4 <= frame.length && frame.readInt32BE(port) === this.broker) frame.writeInt32BE(this.port, port);
    }
    return frame;
  }
}

/** https://github.com/aws/aws-msk-iam-auth#details: a request for `kafka-cluster:Connect`, signed in its URL, valid for 15 minutes at most. */
function isIamToken(url: URL): boolean {
  const { searchParams } = url;
  const credential = searchParams.get('X-Amz-Credential') ?? '';
  return (
    /^kafka\.[a-z0-9-]+\.amazonaws\.com$/.test(url.hostname) &&
    searchParams.get('Action') === 'kafka-cluster:Connect' &&
    credential.endsWith(`/${url.hostname.split('.')[1]}/kafka-cluster/aws4_request`) &&
    Number(searchParams.get('X-Amz-Expires')) <= 900 &&
    /^[0-9a-f]{64}$/.test(searchParams.get('X-Amz-Signature') ?? '')
  );
}

interface Header {
  readonly api: number;
  readonly version: number;
  readonly correlation: number;
}

function readHeader(frame: Buffer): Header {
  return { api: frame.readInt16BE(0), version: frame.readInt16BE(2), correlation: frame.readInt32BE(4) };
}

/** Calls back for each whole frame: four bytes of length come before it. */
function onFrames(socket: Socket, each: (frame: Buffer) => unknown): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0);
      each(Buffer.from(rest.subarray(4, end)));
      rest = rest.subarray(end);
    }
  });
}

function framed(frame: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(frame.length);
  return Buffer.concat([length, frame]);
}

/** No error, one mechanism. */
function handshakeAnswer(correlation: number): Buffer {
  const mechanism = Buffer.from('OAUTHBEARER');
  const head = Buffer.alloc(12);
  head.writeInt32BE(correlation, 0);
  head.writeInt32BE(1, 6);
  head.writeInt16BE(mechanism.length, 10);
  return framed(Buffer.concat([head, mechanism]));
}

/** No error, no message, no bytes; from version 1 also how long the session lasts. */
function authenticateAnswer({ correlation, version }: Header): Buffer {
  const answer = Buffer.alloc(version >= 1 ? 20 : 12);
  answer.writeInt32BE(correlation, 0);
  answer.writeInt16BE(-1, 6);
  return framed(answer);
}
