export interface SecurityConfigurationParts {
  readonly keyArn: string;
  /** S3 URI of the zip with key and certificate. @default - no TLS between nodes */
  readonly certificates?: string;
}

/**
 * EMR's security configuration as AWS documents it: nodes' metadata with tokens only, everything on disk and in S3 under the key, TLS
 * between nodes. https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-create-security-configuration.html
 */
export function securityConfiguration({ keyArn, certificates }: SecurityConfigurationParts): Record<string, unknown> {
  return {
    InstanceMetadataServiceConfiguration: { MinimumInstanceMetadataServiceVersion: 2, HttpPutResponseHopLimit: 1 },
    EncryptionConfiguration: {
      EnableAtRestEncryption: true,
      AtRestEncryptionConfiguration: {
        S3EncryptionConfiguration: { EncryptionMode: 'SSE-KMS', AwsKmsKey: keyArn },
        LocalDiskEncryptionConfiguration: { EncryptionKeyProviderType: 'AwsKms', AwsKmsKey: keyArn, EnableEbsEncryption: true },
      },
      EnableInTransitEncryption: certificates !== undefined,
      ...(certificates && {
        InTransitEncryptionConfiguration: { TLSCertificateConfiguration: { CertificateProviderType: 'PEM', S3Object: certificates } },
      }),
    },
  };
}
