import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundled, FUNCTIONS, SETTINGS, type Bundle } from './support/bundles.ts';
import { temporaryFolder } from './support/folder.ts';

const MOST_BYTES = 1_000_000;
let bundles: readonly Bundle[] = [];

beforeAll(async () => {
  bundles = await bundled(FUNCTIONS, temporaryFolder());
}, 120_000);

test.each(FUNCTIONS)('%s is under a megabyte zipped', (source) => {
  const { zippedBytes } = bundles.find((bundle) => bundle.source === source)!;
  expect(zippedBytes).toBeGreaterThan(10_000);
  expect(zippedBytes).toBeLessThan(MOST_BYTES);
});

test.each(FUNCTIONS)('%s loads from its bundle alone, and has a handler', async (source) => {
  const { folder } = bundles.find((bundle) => bundle.source === source)!;
  const { stdout } = await run(folder, "process.stdout.write(typeof require('./index.js').handler); process.exit()");
  expect(stdout).toBe('function');
});

/** Answers as S3 and the Data API do where there is nothing yet, and keeps what is put. */
const written: Record<string, string> = {};
let aws: Server;
beforeAll(async () => {
  aws = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => aws.listen(0, '127.0.0.1', resolve));
});
afterAll(() => void aws.close());

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const { pathname } = new URL(request.url ?? '/', 'http://aws');
  const action = String(request.headers['x-amz-target'] ?? '').split('.')[1];
  if (action !== undefined) {
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(DATA_API[action]));
  } else if (request.method === 'PUT') {
    written[pathname] = Buffer.concat(chunks).toString();
    response.end();
  } else {
    response.writeHead(404, { 'content-type': 'application/xml' }).end('<Error><Code>NoSuchKey</Code></Error>');
  }
}

const DATA_API: Record<string, object> = {
  ExecuteStatement: { Id: 'statement' },
  DescribeStatement: { Id: 'statement', Status: 'FINISHED', HasResultSet: true },
  GetStatementResult: { ColumnMetadata: [], Records: [] },
};

test('the report is rendered by the bundle, styles and script included', async () => {
  const { folder } = bundles.find(({ source }) => source === 'render-report')!;
  const event = { pipeline: 'churn', execution: 'run-1', startedAt: '2026-11-21T04:00:00.000Z' };
  const { stdout } = await run(
    folder,
    `require('./index.js').handler(${JSON.stringify(event)}).then((r) => console.log(JSON.stringify(r)))`,
    {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(aws.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: 'nobody',
      AWS_SECRET_ACCESS_KEY: 'nothing',
    },
  );
  expect(JSON.parse(stdout)).toMatchObject({ latest: 's3://artifacts/reports/churn/latest.html' });
  const html = written['/artifacts/reports/churn/latest.html'];
  expect(html).toContain('Nobody has been scored yet');
  expect(html).toMatch(/<style>[\s\S]{1000,}<\/style>/);
  expect(html).toMatch(/<script>[\s\S]{500,}<\/script>/);
});

/** Runs a line in the bundle's folder, where nothing else can be found. */
function run(folder: string, code: string, env: Record<string, string> = {}) {
  return execa(process.execPath, ['-e', code], { cwd: folder, env: { ...SETTINGS, ...env, HOME: folder, PATH: '' }, extendEnv: false });
}
