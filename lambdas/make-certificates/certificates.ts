import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  cryptoProvider,
  PemConverter,
  X509CertificateGenerator,
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
} from '@peculiar/x509';
import { strToU8, zipSync } from 'fflate';

/** Nodes trust this certificate alone and nobody else does; a persistent cluster reads it again with every node it adds. */
const VALID_YEARS = 10;

/** A new key, and a certificate by itself for every host of `domain`, in the files and with the names that EMR reads. */
export async function makeCertificates(domain: string, now = new Date()): Promise<Uint8Array> {
  cryptoProvider.set(webcrypto as unknown as Crypto);
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const until = new Date(now);
  until.setUTCFullYear(until.getUTCFullYear() + VALID_YEARS);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=*.${domain}`,
    notBefore: now,
    notAfter: until,
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new SubjectAlternativeNameExtension([{ type: 'dns', value: `*.${domain}` }]),
    ],
  });
  const privateKey = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), PemConverter.PrivateKeyTag);
  const chain = certificate.toString('pem');
  return zipSync({
    'privateKey.pem': strToU8(privateKey),
    'certificateChain.pem': strToU8(chain),
    'trustedCertificates.pem': strToU8(chain),
  });
}
