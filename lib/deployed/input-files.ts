import { filesOf } from '../cli/step-result.ts';
import { formatted } from '../cli/progress.ts';
import type { Task } from '../cli/tasks.ts';
import { inputFiles } from '../cli/input-files.ts';
import type { Deployed } from './aws.ts';
import { output } from './outputs.ts';
import { upload } from './upload.ts';

/** Sent side by side: of small files it is the waiting that takes long. */
const AT_ONCE = 8;

/**
 * A line for landing the files of an input under `files/<pipeline>/<input>/` of the raw bucket, where runs look for them.
 * @param paths Files, and folders of them
 */
export function landTask(deployed: Deployed, pipeline: string, input: string, paths: readonly string[], signal: AbortSignal): Task {
  return {
    name: `upload-${input}`,
    title: `Upload ${input}`,
    run: async (onProgress) => {
      const { files, others } = await inputFiles(input, paths);
      const bucket = await output(deployed, 'lake', 'rawBucket');
      const prefix = `files/${pipeline}/${input}/`;
      let uploaded = 0;
      for (let at = 0; at < files.length; at += AT_ONCE) {
        const batch = files.slice(at, at + AT_ONCE).map(({ location }) => upload(deployed, location, { bucket, prefix, signal }));
        uploaded += (await Promise.all(batch)).filter((landed) => landed.uploaded).length;
        onProgress({ rows: 0, note: `${formatted(Math.min(at + AT_ONCE, files.length))} of ${filesOf(files.length)}` });
      }
      const notes = [
        `${filesOf(uploaded)} new`,
        files.length > uploaded && `${filesOf(files.length - uploaded)} there already`,
        others.length > 0 && `${filesOf(others.length)} left out`,
      ];
      return { rowsIn: 0, rowsOut: 0, note: notes.filter(Boolean).join(', ') };
    },
  };
}
