import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Stack } from 'aws-cdk-lib/core';
import { expect, test } from 'vitest';
import { EnvironmentStack } from '../../lib/constructs/environment-stack.ts';
import { NodeFunction } from '../../lib/constructs/node-function.ts';
import { environment } from '../../lib/environments.ts';
import { testApp } from '../support/stacks.ts';

/** Folder of the bundle that a stack's one function is deployed from. */
function bundleOf(stack: Stack, outdir: string): string {
  const assets = JSON.parse(readFileSync(path.join(outdir, `${stack.artifactId}.assets.json`), 'utf8')) as {
    files: Record<string, { source: { path: string; packaging: string } }>;
  };
  const [bundle] = Object.values(assets.files).filter(({ source }) => source.packaging === 'zip');
  return path.join(outdir, bundle!.source.path);
}

test('a function finds the files it reads beside its bundle', () => {
  const app = testApp({ flags: { 'aws:cdk:bundling-stacks': ['**'] } });
  const stack = new EnvironmentStack(app, 'functions', 'Test', { environment: environment('dev') });
  new NodeFunction(stack, 'Function', {
    source: 'migrate-warehouse',
    description: 'Test',
    timeoutSeconds: 60,
    files: ['lib/warehouse'],
  });
  const bundle = bundleOf(stack, app.synth().directory);
  expect(existsSync(path.join(bundle, 'migrations/lake-schema.sql'))).toBe(true);
  expect(existsSync(path.join(bundle, 'statements.ts'))).toBe(false);
  expect(statSync(path.join(bundle, 'index.js')).size).toBeLessThan(2_000_000);

  // As Lambda does it, in a process of its own: the first statement comes out of an SQL file, and is refused for want of credentials.
  const event = {
    RequestType: 'Create',
    ResourceType: 'Custom::WarehouseSchema',
    ResponseURL: 'http://127.0.0.1:9/',
    ResourceProperties: { Region: 'r', LakeDatabase: 'd', LakeRole: 'l', Brokers: 'b', StreamRole: 's', AutoRefresh: 'false', Streams: [] },
  };
  const call = `require('./index.js').handler(${JSON.stringify(event)}, { getRemainingTimeInMillis: () => 30000 }).catch(() => undefined)`;
  const { stderr } = spawnSync(process.execPath, ['-e', call], {
    cwd: bundle,
    encoding: 'utf8',
    env: { AWS_REGION: 'eu-central-1', AWS_EC2_METADATA_DISABLED: 'true', HOME: bundle, WORKGROUP: 'w', DATABASE: 'd', ADMIN_SECRET: 's' },
  });
  expect(stderr).toContain('CREATE SCHEMA IF NOT EXISTS millrace');
});
