import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { Outcome } from '../shared/custom-resource.ts';
import { makeCertificates } from './certificates.ts';

/** Where the zip is kept: S3, or a test's. */
export interface Store {
  readonly put: (bucket: string, key: string, content: Uint8Array) => Promise<void>;
  readonly remove: (bucket: string, key: string) => Promise<void>;
}

/**
 * Makes key and certificate once, and again for another domain or place only: a running cluster's new nodes must trust those it has.
 * The same place is the same resource, so that CloudFormation does not delete what was just made.
 */
export function makeHandler(store: Store) {
  return async (event: CloudFormationCustomResourceEvent): Promise<Outcome> => {
    const { bucket, key, domain } = propertiesOf(event.ResourceProperties);
    const physicalId = `s3://${bucket}/${key}`;
    if (event.RequestType === 'Delete') {
      await store.remove(bucket, key);
    } else if (
      event.RequestType === 'Create' ||
      domain !== event.OldResourceProperties['domain'] ||
      physicalId !== event.PhysicalResourceId
    ) {
      await store.put(bucket, key, await makeCertificates(domain));
    }
    return { physicalId };
  };
}

function propertiesOf(properties: Record<string, unknown>): { bucket: string; key: string; domain: string } {
  const text = (name: string) => {
    const value = properties[name];
    if (typeof value !== 'string' || value === '') throw new Error(`${name} must be a text, got ${String(value)}`);
    return value;
  };
  return { bucket: text('bucket'), key: text('key'), domain: text('domain') };
}
