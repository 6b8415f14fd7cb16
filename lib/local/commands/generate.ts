import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { GenerateOptions } from '../../../data/generate.ts';
import { generateShown } from '../generated.ts';
import { formatted } from '../../cli/progress.ts';
import { runTasks, type OnProgress } from '../../cli/tasks.ts';

/** Writes generated events, and their true churn probabilities where asked, with a bar. */
export async function generateEvents(options: GenerateOptions, signal: AbortSignal): Promise<void> {
  for (const file of [options.out, options.truth]) if (file) await mkdir(dirname(file), { recursive: true });
  const task = {
    name: 'generate',
    title: `Generate ${options.out}`,
    run: async (onProgress: OnProgress) => {
      const { events, users, churned } = await generateShown({ ...options, signal }, onProgress);
      return { rowsIn: 0, rowsOut: events, note: `${formatted(users)} listeners, ${formatted(churned)} of them cancelled` };
    },
  };
  await runTasks([task], { signal });
}
