import { EntityNotFoundException, type GlueClient } from '@aws-sdk/client-glue';
import type { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { offsetsIn, tableRows, totalRecords } from '../../../lambdas/measure-streams/iceberg.ts';

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

describe('how far a topic has been landed', () => {
  const landed = (...snapshots: readonly { id: string; parent?: string; offsets?: object }[]) =>
    `{"current-snapshot-id":${snapshots.at(-1)!.id},"snapshots":[${snapshots
      .map(({ id, parent, offsets }) => {
        const summary = JSON.stringify({ operation: 'append', ...(offsets && { 'millrace.offsets': JSON.stringify(offsets) }) });
        return `{"snapshot-id":${id},${parent ? `"parent-snapshot-id":${parent},` : ''}"summary":${summary}}`;
      })
      .join(',')}]}`;

  test('is what the newest snapshot says', () => {
    const json = landed(
      { id: '6874389321174352001', offsets: { 0: 4 } },
      { id: '6874389321174352002', parent: '6874389321174352001', offsets: { 0: 9, 1: 2 } },
    );
    expect([...offsetsIn(json)]).toEqual([
      [0, 9],
      [1, 2],
    ]);
  });

  test('is what the snapshot before a compaction says, which has landed nothing itself', () => {
    expect([...offsetsIn(landed({ id: '1', offsets: { 0: 4 } }, { id: '2', parent: '1' }))]).toEqual([[0, 4]]);
  });

  test('is nowhere where nothing was landed yet', () => {
    expect([...offsetsIn(landed({ id: '1' }))]).toEqual([]);
  });
});
