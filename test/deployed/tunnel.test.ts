import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Interrupted } from '../../lib/cli/failures.ts';
import { openTunnel } from '../../lib/deployed/commands/tunnel.ts';
import { portOf, sessionArguments, useOf } from '../../lib/web-interfaces.ts';
import { temporaryFolder } from '../support/folder.ts';
import { fakeDeployed, stacks } from './fake-aws.ts';

const bin = temporaryFolder();
const said = join(bin, 'said');
const signal = new AbortController().signal;

/** A program on the PATH that writes down what it is called with, an argument a line. */
function tool(name: string, then = ''): void {
  const path = join(bin, name);
  writeFileSync(path, `#!/bin/sh\nif [ "$1" != --version ]; then printf '%s\\n' "$@" > '${said}'; ${then || 'true'}; fi\n`);
  chmodSync(path, 0o755);
}

beforeEach(() => {
  vi.stubEnv('PATH', bin);
  vi.spyOn(console, 'log').mockImplementation(() => {});
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const running = (clusters: object[], instances: object[] = [{ Ec2InstanceId: 'i-0abc' }], outputs = {}) =>
  fakeDeployed({
    ...stacks({ processing: outputs }),
    ListClusters: () => ({ Clusters: clusters }),
    ListInstances: () => ({ Instances: instances }),
  });
const cluster = (Id: string, State: string) => ({ Id, Name: `millrace-dev-churn-${Id}`, Status: { State } });

// The tests are in the order in which a person installs the tools.
test('fails when the AWS CLI is missing, and says where it is to be had', async () => {
  await expect(openTunnel(running([]).deployed, 'hue', undefined, signal)).rejects.toThrow(
    /^aws must be on the PATH, got nothing: install the AWS CLI \(https:/,
  );
});

test('fails when its plugin is missing', async () => {
  tool('aws');
  await expect(openTunnel(running([]).deployed, 'hue', undefined, signal)).rejects.toThrow('install the Session Manager plugin');
});

test('fails when no cluster is running', async () => {
  tool('session-manager-plugin');
  await expect(openTunnel(running([]).deployed, 'hue', undefined, signal)).rejects.toThrow(
    'cluster of dev must be running, got none: it is there during a run',
  );
  await expect(openTunnel(running([cluster('j-1', 'STARTING')]).deployed, 'hue', undefined, signal)).rejects.toThrow('got j-1 STARTING');
});

test('the session goes to the primary node of the cluster that runs', async () => {
  const { deployed, calls } = running([cluster('j-0', 'TERMINATING'), cluster('j-1', 'WAITING')]);
  await openTunnel(deployed, 'hue', 9000, signal);
  expect(calls.at(-1)).toMatchObject({ operation: 'ListInstances', input: { ClusterId: 'j-1', InstanceFleetType: 'MASTER' } });
  expect(readFileSync(said, 'utf8').trimEnd().split('\n')).toEqual(sessionArguments('eu-central-1', 'i-0abc', 8888, 9000));
});

test('what is said of an interface fits how its nodes speak', async () => {
  const { deployed } = running([cluster('j-1', 'RUNNING')]);
  await openTunnel(deployed, 'spark', undefined, signal);
  expect(readFileSync(said, 'utf8').trimEnd().split('\n')).toEqual(sessionArguments('eu-central-1', 'i-0abc', 18080, 18080));
  expect(vi.mocked(console.log).mock.calls.flat().join('\n')).toContain('open http://localhost:18080/');
});

test.each([
  ['spark', 18480, 'https://localhost:9000/'],
  ['yarn', 8090, 'https://localhost:9000/cluster'],
  ['hue', 8888, 'https://localhost:9000/'],
] as const)('where nodes speak TLS, %s is at port %d, under https', (name, port, url) => {
  expect(portOf(name, true)).toBe(port);
  expect(useOf(name, true, 9000)).toContain(url);
});

test('where the cluster is persistent, it is that one', async () => {
  const { deployed, calls } = running([cluster('j-1', 'RUNNING'), cluster('j-2', 'WAITING')], undefined, { EmrClusterId: 'j-2' });
  await openTunnel(deployed, 'livy', undefined, signal);
  expect(calls.at(-1)!.input).toMatchObject({ ClusterId: 'j-2' });
});

test('a session that breaks off fails; one that is told to stop does not', async () => {
  tool('aws', 'exit 254');
  const { deployed } = running([cluster('j-1', 'RUNNING')]);
  await expect(openTunnel(deployed, 'yarn', undefined, signal)).rejects.toThrow('tunnel must stay open, got exit code 254');
  tool('aws', 'exec /bin/sleep 30');
  const stopping = new AbortController();
  setTimeout(() => stopping.abort(), 200);
  await expect(openTunnel(deployed, 'yarn', undefined, stopping.signal)).rejects.toBeInstanceOf(Interrupted);
});

test('what is forwarded is said in arguments that no shell reads', () => {
  expect(sessionArguments('eu-central-1', 'i-1; rm', 8888, 9000)).toEqual([
    ...['ssm', 'start-session', '--region', 'eu-central-1', '--target', 'i-1; rm'],
    ...['--document-name', 'AWS-StartPortForwardingSession', '--parameters', '{"portNumber":["8888"],"localPortNumber":["9000"]}'],
  ]);
});
