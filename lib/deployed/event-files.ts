import { basename } from 'node:path';
import { formatted } from '../cli/progress.ts';
import type { Task } from '../cli/tasks.ts';
import type { Deployed } from './aws.ts';
import { output } from './outputs.ts';
import { followReplay, replayOutcome, type ReplayCounts } from './replay.ts';
import { upload, type Landed } from './upload.ts';

export interface SentFile extends ReplayCounts {
  readonly file: string;
}

const MB = 1_000_000;

/** Two lines a file: landing it, and sending its events to Kafka. `sent` is filled as they end. */
export async function sendTasks(
  deployed: Deployed,
  pipeline: string,
  files: readonly string[],
  sent: SentFile[],
  signal: AbortSignal,
): Promise<Task[]> {
  const bucket = await output(deployed, 'lake', 'rawBucket');
  const stateMachineArn = await output(deployed, 'producers', pipeline);
  return files.flatMap((file) => {
    let landed: Landed;
    const name = basename(file);
    return [
      {
        name: 'upload',
        title: `Upload ${name}`,
        run: async (onProgress) => {
          const show = (bytes: number, total: number) =>
            onProgress({ rows: 0, note: `${formatted(bytes / MB)} of ${formatted(total / MB)} MB` });
          landed = await upload(deployed, file, { bucket, prefix: `events/${pipeline}/`, signal, onProgress: show });
          return { rowsIn: 0, rowsOut: 0, note: landed.uploaded ? `s3://${bucket}/${landed.key}` : 'it is there already' };
        },
      },
      {
        name: 'replay',
        title: `Send events of ${name} to Kafka`,
        run: async (onProgress) => {
          const counts = await followReplay(deployed, landed, { stateMachineArn, signal, onProgress });
          sent.push({ file: name, ...counts });
          return replayOutcome(counts);
        },
      },
    ] satisfies Task[];
  });
}
