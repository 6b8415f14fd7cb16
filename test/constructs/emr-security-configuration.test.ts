import { expect, test } from 'vitest';
import { securityConfiguration } from '../../lib/constructs/emr-security-configuration.ts';

const keyArn = 'arn:aws:kms:eu-central-1:111122223333:key/1';

// The rules of cdk-nag read another, flat form, which EMR refuses: this is the one that AWS documents.
test('what lies on disks and in S3 is encrypted, and metadata need a token', () => {
  expect(securityConfiguration({ keyArn })).toEqual({
    InstanceMetadataServiceConfiguration: { MinimumInstanceMetadataServiceVersion: 2, HttpPutResponseHopLimit: 1 },
    EncryptionConfiguration: {
      EnableAtRestEncryption: true,
      AtRestEncryptionConfiguration: {
        S3EncryptionConfiguration: { EncryptionMode: 'SSE-KMS', AwsKmsKey: keyArn },
        LocalDiskEncryptionConfiguration: { EncryptionKeyProviderType: 'AwsKms', AwsKmsKey: keyArn, EnableEbsEncryption: true },
      },
      EnableInTransitEncryption: false,
    },
  });
});

test('with certificates nodes speak TLS to each other', () => {
  expect(securityConfiguration({ keyArn, certificates: 's3://artifacts/certificates/emr.zip' })['EncryptionConfiguration']).toMatchObject({
    EnableAtRestEncryption: true,
    EnableInTransitEncryption: true,
    InTransitEncryptionConfiguration: {
      TLSCertificateConfiguration: { CertificateProviderType: 'PEM', S3Object: 's3://artifacts/certificates/emr.zip' },
    },
  });
});
