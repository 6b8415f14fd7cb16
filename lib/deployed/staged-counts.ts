import * as z from 'zod';
import type { StagedCounts } from '../pipelines/step-result.ts';
import type { StateRun } from './history.ts';

/** Of a stage step's job, which is an execution of its own: its answer holds its output. */
const answer = z.object({
  Output: z.object({
    files: z.number(),
    alreadyStaged: z.number(),
    rows: z.number(),
    rejected: z.number(),
    duplicateFiles: z.array(z.string()),
    otherFiles: z.array(z.string()),
    rejects: z.array(z.object({ source: z.string(), line: z.number(), reason: z.string() })),
  }),
});

/** What a stage step has done. @returns undefined for any other state, and where the answer was cut off */
export function stagedCounts({ answer: text = 'null' }: Pick<StateRun, 'answer'>): StagedCounts | undefined {
  try {
    return answer.safeParse(JSON.parse(text)).data?.Output;
  } catch {
    return undefined;
  }
}
