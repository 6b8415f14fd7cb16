import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { customResource, type Work } from '../../../lambdas/shared/custom-resource.ts';

interface Answer {
  readonly method: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

let server: Server;
let url: string;
let answers: Answer[] = [];
const context = { getRemainingTimeInMillis: () => 60_000 };

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      answers.push({ method: request.method, headers: request.headers, body: JSON.parse(body) as Record<string, unknown> });
      response.end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/answer?signature=1`;
});

beforeEach(() => {
  answers = [];
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
});

afterAll(() => server.close());

function event(fields: object): CloudFormationCustomResourceEvent {
  return {
    RequestType: 'Create',
    ResponseURL: url,
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Thing',
    ...fields,
  } as never;
}

test('what was made is told by its name and attributes, without a content type that the address is not signed for', async () => {
  await customResource(() => Promise.resolve({ physicalId: 'thing-1', data: { Size: '3' } }))(event({}), context);
  expect(answers).toHaveLength(1);
  expect(answers[0]!.method).toBe('PUT');
  expect(answers[0]!.headers['content-type']).toBeUndefined();
  expect(answers[0]!.body).toEqual({
    Status: 'SUCCESS',
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Thing',
    PhysicalResourceId: 'thing-1',
    Data: { Size: '3' },
  });
});

test('a failure is told with its reason, under the former name where there is one', async () => {
  const failing: Work = () => Promise.reject(new Error('brokers must be there, got none'));
  await customResource(failing)(event({ RequestType: 'Update', PhysicalResourceId: 'thing-1' }), context);
  expect(answers[0]!.body).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'thing-1', Reason: 'brokers must be there, got none' });
});

test('what a failed creation never made is deleted without work, so that the stack can roll back', async () => {
  const work = vi.fn<Work>(() => Promise.reject(new Error('no')));
  const handler = customResource(work);
  await handler(event({}), context);
  const { PhysicalResourceId } = answers[0]!.body;
  await handler(event({ RequestType: 'Delete', PhysicalResourceId }), context);
  expect(answers[1]!.body).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId });
  expect(work).toHaveBeenCalledTimes(1);
});
