import { EntityNotFoundException, type GlueClient } from '@aws-sdk/client-glue';
import type { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { tableRows, totalRecords } from '../../../lambdas/measure-streams/iceberg.ts';

const metadata = (current: string, ...snapshots: readonly (readonly [string, string])[]) =>
  `{"format-version":2,"current-snapshot-id":${current},"snapshots":[${snapshots
    .map(([id, rows]) => `{"sequence-number":1,"snapshot-id" : ${id},"summary":{"operation":"append","total-records":"${rows}"}}`)
    .join(',')}]}`;

test('reads the rows of the current snapshot', () => {
  expect(totalRecords(metadata('22', ['11', '5'], ['22', '8']))).toBe(8);
});

test('tells snapshots apart whose ids are the same number once rounded to 53 bits', () => {
  expect(totalRecords(metadata('6874389321174352002', ['6874389321174352001', '5'], ['6874389321174352002', '8']))).toBe(8);
});

test('a table without a snapshot holds nothing', () => {
  expect(totalRecords(metadata('-1'))).toBe(0);
});

test('a table that is not there yet holds nothing', async () => {
  const glue = {
    send: () => Promise.reject(new EntityNotFoundException({ message: 'not found', $metadata: {} })),
  } as unknown as GlueClient;
  expect(await tableRows(glue, {} as S3Client, 'millrace_dev', 'listening_events_quarantine')).toBe(0);
});

test('fails when the catalog does not answer, so that the figure is missing rather than 0', async () => {
  const glue = { send: () => Promise.reject(new Error('AccessDenied')) } as unknown as GlueClient;
  await expect(tableRows(glue, {} as S3Client, 'millrace_dev', 'x')).rejects.toThrow('AccessDenied');
});
