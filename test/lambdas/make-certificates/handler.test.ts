import { X509Certificate, createPrivateKey } from 'node:crypto';

import { strFromU8, unzipSync } from 'fflate';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeCertificates } from '../../../lambdas/make-certificates/certificates.ts';
import { makeHandler } from '../../../lambdas/make-certificates/handler.ts';

const DOMAIN = 'eu-central-1.compute.internal';

describe('certificates', () => {
  let files: Record<string, string>;
  let certificate: X509Certificate;

  beforeAll(async () => {
    const unzipped = unzipSync(await makeCertificates(DOMAIN, new Date('2026-11-21T00:00:00Z')));
    files = Object.fromEntries(Object.entries(unzipped).map(([name, content]) => [name, strFromU8(content)]));
    certificate = new X509Certificate(files['certificateChain.pem']!);
  });

  test('come in the files that EMR looks for', () => {
    expect(Object.keys(files).sort()).toEqual(['certificateChain.pem', 'privateKey.pem', 'trustedCertificates.pem']);
  });

  test('are of their key, and trusted by themselves', () => {
    expect(certificate.checkPrivateKey(createPrivateKey(files['privateKey.pem']!))).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(files['trustedCertificates.pem']).toBe(files['certificateChain.pem']);
  });

  test('are those of any node of the region, and of nobody else', () => {
    expect(certificate.checkHost(`ip-10-40-1-2.${DOMAIN}`)).toBeDefined();
    expect(certificate.checkHost('ip-10-40-1-2.eu-west-1.compute.internal')).toBeUndefined();
  });

  test('are good for as long as a cluster may live', () => {
    expect(new Date(certificate.validTo).toISOString()).toBe('2036-11-21T00:00:00.000Z');
  });
});

describe('the resource', () => {
  const PROPERTIES = { bucket: 'artifacts', key: 'certificates/emr.zip', domain: DOMAIN };
  const PHYSICAL_ID = 's3://artifacts/certificates/emr.zip';

  async function done(event: object): Promise<{ done: string[]; physicalId: string }> {
    const calls: string[] = [];
    const handler = makeHandler({
      put: (bucket, key) => Promise.resolve(void calls.push(`put ${bucket}/${key}`)),
      remove: (bucket, key) => Promise.resolve(void calls.push(`remove ${bucket}/${key}`)),
    });
    const { physicalId } = await handler({ ResourceProperties: PROPERTIES, ...event } as never);
    return { done: calls, physicalId };
  }

  test('is made once', async () => {
    expect(await done({ RequestType: 'Create' })).toEqual({ done: ['put artifacts/certificates/emr.zip'], physicalId: PHYSICAL_ID });
  });

  test('keeps its key when something else changes: nodes that join a cluster must trust those it has', async () => {
    const update = { RequestType: 'Update', PhysicalResourceId: PHYSICAL_ID, OldResourceProperties: PROPERTIES };
    expect(await done(update)).toEqual({ done: [], physicalId: PHYSICAL_ID });
  });

  test('is made anew for another domain, and at another place', async () => {
    const update = { RequestType: 'Update', PhysicalResourceId: PHYSICAL_ID };
    const old = (changes: object) => ({ ...update, OldResourceProperties: { ...PROPERTIES, ...changes } });
    expect((await done(old({ domain: 'ec2.internal' }))).done).toHaveLength(1);
    expect((await done({ ...old({ key: 'old.zip' }), PhysicalResourceId: 's3://artifacts/old.zip' })).done).toHaveLength(1);
  });

  test('takes its key with it', async () => {
    expect((await done({ RequestType: 'Delete', PhysicalResourceId: PHYSICAL_ID })).done).toEqual([
      'remove artifacts/certificates/emr.zip',
    ]);
  });

  test('fails when it is not told where', async () => {
    await expect(done({ RequestType: 'Create', ResourceProperties: { ...PROPERTIES, bucket: '' } })).rejects.toThrow(
      'bucket must be a text, got ',
    );
  });
});
