import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { generate, type GenerateOptions } from '../../../data/generate.ts';
import { formatted } from '../progress.ts';
import { runTasks } from '../runner.ts';

/** Writes generated events, and their true churn probabilities where asked, with a bar. */
export async function generateEvents(options: GenerateOptions, signal: AbortSignal): Promise<void> {
  for (const file of [options.out, options.truth]) if (file) await mkdir(dirname(file), { recursive: true });
  await runTasks(
    [
      {
        name: 'generate',
        title: `Generate ${options.out}`,
        run: async (onProgress) => {
          const { events, users, churned } = await generate({
            ...options,
            signal,
            onProgress: ({ events: rows, day, days }) => onProgress({ rows, total: Math.round((rows / day) * days) }),
          });
          return { rowsIn: 0, rowsOut: events, note: `${formatted(users)} listeners, ${formatted(churned)} of them cancelled` };
        },
      },
    ],
    { signal },
  );
}
