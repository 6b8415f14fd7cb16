import * as z from 'zod';

/** What a replay's state machine gives for a file; more is ignored. */
const replay = z.object({
  key: z.string(),
  read: z.number(),
  produced: z.number(),
  rejected: z.number(),
  rejects: z.array(z.object({ line: z.number(), reason: z.string() })).default([]),
});

/** What a data set's stage step gives in the end; more is ignored. */
const staged = z.object({
  dataset: z.string(),
  files: z.number(),
  alreadyStaged: z.number(),
  rows: z.number(),
  rejected: z.number(),
  duplicateFiles: z.array(z.string()),
  otherFiles: z.array(z.string()),
  rejects: z.array(z.object({ source: z.string(), line: z.number(), reason: z.string() })),
});

/** What the state machine of a pipeline says of its run. */
export const requestSchema = z.object({
  pipeline: z.string(),
  /** Name of the execution. */
  execution: z.string().min(1),
  startedAt: z.iso.datetime({ offset: true }),
  /** Of the files that this run sent first; none where the events came by themselves. */
  replays: z.array(replay).default([]),
  /** What its stage steps did, one of each data set. */
  staged: z.array(staged).default([]),
});

export type ReportRequest = z.infer<typeof requestSchema>;
