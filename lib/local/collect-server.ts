import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MAX_BODY_BYTES } from '../../lambdas/collect-events/body.ts';
import type { CollectResponse, Collector } from '../../lambdas/collect-events/handler.ts';
import { EVENTS_PATH } from '../../lambdas/collect-events/route.ts';
import { UsageError } from '../cli/failures.ts';

export interface CollectServerOptions {
  readonly collect: Collector['collect'];
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Is told of every answer. */
  readonly onAnswer: (response: CollectResponse) => void;
}

export interface CollectServer {
  /** Where events are posted to. */
  readonly url: string;
  /** Answers what has begun, and takes nothing new. */
  stop(): Promise<void>;
}

/** How long requests that have begun are waited for, ms: a little longer than the handler waits for Kafka. */
const STOP_MS = 25_000;

/** Serves the handler that is deployed as a Lambda over HTTP. @throws UsageError where the port cannot be had */
export async function startCollectServer({ collect, host, port, onAnswer }: CollectServerOptions): Promise<CollectServer> {
  const server = createServer((request, response) => {
    answer(request)
      .catch((error: unknown): CollectResponse => {
        console.error(error);
        return { status: 500, headers: {}, body: { error: 'the request could not be served: the reason is where the server was started' } };
      })
      .then((answered) => {
        onAnswer(answered);
        write(response, answered);
      })
      .catch(() => response.destroy());
  });

  async function answer(request: IncomingMessage): Promise<CollectResponse> {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const { 'content-type': type, 'content-encoding': encoding } = request.headers;
    const headers = { 'content-type': type, 'content-encoding': encoding };
    return collect({ method: request.method ?? '', path: pathname, headers, bytes: await bytesOf(request) });
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      reject(new UsageError(`--port must be one that is free, got ${port}: ${code ?? message}`));
    });
    server.listen(port, host, resolve);
  });
  const { port: taken } = server.address() as AddressInfo;

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}${EVENTS_PATH}`,
    stop: () =>
      new Promise((resolve) => {
        const late = setTimeout(() => server.closeAllConnections(), STOP_MS);
        server.close(() => {
          clearTimeout(late);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

/** What is sent, as far as it is taken; the rest is read too, so that the caller comes to read the refusal, but not kept. */
async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let kept = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    const part = chunk.subarray(0, MAX_BODY_BYTES + 1 - kept);
    if (part.length > 0) chunks.push(part);
    kept += part.length;
  }
  return Buffer.concat(chunks);
}

function write(response: ServerResponse, { status, headers, body }: CollectResponse): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(`${JSON.stringify(body)}\n`);
}
