import { gzipSync } from 'node:zlib';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { expect, test } from 'vitest';
import type { CollectRequest } from '../../../lambdas/collect-events/handler.ts';
import { makeLambda } from '../../../lambdas/collect-events/lambda.ts';

function lambda() {
  const requests: CollectRequest[] = [];
  const handler = makeLambda({
    collect: (request) => {
      requests.push(request);
      return Promise.resolve({ status: 503, headers: { 'retry-after': '5' }, body: { error: 'no' } });
    },
  });
  return { handler, requests };
}

/** As API Gateway's documentation shows an event of payload format 2.0. */
function event(changes: Partial<APIGatewayProxyEventV2> = {}): APIGatewayProxyEventV2 {
  return {
    version: '2.0',
    routeKey: 'POST /v1/listening-events',
    rawPath: '/v1/listening-events',
    rawQueryString: '',
    headers: { 'content-type': 'application/json' },
    requestContext: {
      accountId: '111122223333',
      apiId: 'api',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: { method: 'POST', path: '/v1/listening-events', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'app' },
      requestId: 'request',
      routeKey: 'POST /v1/listening-events',
      stage: '$default',
      time: '21/Nov/2026:04:00:00 +0000',
      timeEpoch: 1795233600000,
    },
    isBase64Encoded: false,
    ...changes,
  };
}

test('text is handed on as bytes, and the answer as JSON', async () => {
  const { handler, requests } = lambda();
  expect(await handler(event({ body: '["é"]' }))).toEqual({
    statusCode: 503,
    headers: { 'content-type': 'application/json', 'retry-after': '5' },
    body: '{"error":"no"}',
  });
  expect(requests).toEqual([
    { method: 'POST', path: '/v1/listening-events', headers: { 'content-type': 'application/json' }, bytes: Buffer.from('["é"]') },
  ]);
});

test('what is no text comes in base64, and is handed on as it was sent', async () => {
  const { handler, requests } = lambda();
  const packed = gzipSync('[]');
  await handler(event({ body: packed.toString('base64'), isBase64Encoded: true }));
  expect(requests[0]?.bytes).toEqual(packed);
});

test('a request without a body is one of no bytes', async () => {
  const { handler, requests } = lambda();
  await handler(event());
  expect(requests[0]?.bytes).toEqual(Buffer.alloc(0));
});
