import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, NoSuchKey } from '@aws-sdk/client-s3';
import { UsageError } from '../../cli/failures.ts';
import type { Deployed } from '../aws.ts';
import { output } from '../outputs.ts';

/** Where a pipeline's newest report lies in the bucket of artifacts. */
export function reportKey(pipeline: string): string {
  return `reports/${pipeline}/latest.html`;
}

/**
 * Fetches the newest report, into a folder of its own: it tells of people, and is for this user only.
 * @returns path of the file
 */
export async function downloadReport(deployed: Deployed, pipeline = 'churn'): Promise<string> {
  const bucket = await output(deployed, 'lake', 'artifactsBucket');
  const key = reportKey(pipeline);
  const html = await deployed.s3
    .send(new GetObjectCommand({ Bucket: bucket, Key: key }))
    .then(({ Body }) => Body!.transformToByteArray())
    .catch((error: unknown) => {
      if (!(error instanceof NoSuchKey)) throw error;
      throw new UsageError(
        `report must have been made by a run, got none at s3://${bucket}/${key}: \`millrace run ${pipeline} --env ${deployed.environment}\``,
      );
    });
  const path = join(await mkdtemp(join(tmpdir(), `millrace-${deployed.environment}-`)), `${pipeline}-report.html`);
  await writeFile(path, html, { mode: 0o600 });
  return path;
}
