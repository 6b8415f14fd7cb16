import { readableFile } from '../../cli/readable-file.ts';
import { formatted } from '../../cli/progress.ts';
import type { Deployed } from '../aws.ts';
import { runDeployedTasks } from '../deployed-tasks.ts';
import { sendTasks, type SentFile } from '../event-files.ts';

/** Lands event files and follows their replay into Kafka; prints what was sent and the first refusals. */
export async function replayFiles(deployed: Deployed, pipeline: string, files: readonly string[], signal: AbortSignal): Promise<void> {
  const readable = await Promise.all(files.map((file) => readableFile('FILE', file)));
  const sent: SentFile[] = [];
  await runDeployedTasks(await sendTasks(deployed, pipeline, readable, sent, signal), { signal });
  for (const { file, read, produced, rejected, rejects } of sent) {
    console.log(`\n${file}: ${formatted(read)} read, ${formatted(produced)} sent, ${formatted(rejected)} rejected`);
    for (const { line, reason } of rejects) console.log(`  line ${line}: ${reason}`);
    if (rejected > rejects.length) console.log(`  and ${formatted(rejected - rejects.length)} more: all of them are in the rejects topic`);
  }
}
