import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { LiveCounts } from '../report/live-counts.ts';
import { stepsOf, type Pipeline } from '../pipelines/pipeline.ts';
import type { LandedCounts, StagedCounts, TrainedModel } from '../pipelines/step-result.ts';

/** What a run leaves in `runs/<id>/summary.json`, also when it failed. */
export interface Summary {
  pipeline: string;
  /** Files and folders that were read, or what was generated. */
  input: string[];
  /** ISO 8601, UTC. */
  startedAt: string;
  seconds: number;
  steps: StepSummary[];
  /** Of a pipeline whose events go through a topic. */
  events?: EventCounts;
  /** Of a pipeline that trains one. */
  model?: TrainedModel | { skipped: string };
  /** Of a pipeline with a step that is fed while it goes on, in a run that fed it: how it answered. */
  live?: LiveCounts;
  /** Of a pipeline that stages files: what was done with those of each data set. */
  staged?: Record<string, StagedCounts>;
  /** Of a pipeline that lands a topic by offset. */
  landed?: LandedCounts;
  warehouse: { engine: string; tables: Record<string, number> } | null;
  /** Path of the HTML report; null when the run did not come to it. */
  report: string | null;
  failed?: { step: string; reason: string; log?: string };
  /** The run was told to stop before its end. */
  stopped?: true;
}

export interface StepSummary {
  name: string;
  seconds: number;
  rowsIn: number;
  rowsOut: number;
}

/** Where the events went: `read = produced + rejected + alreadySent`, and what ingest read `= ingested + quarantined + duplicates`. */
export interface EventCounts {
  read: number;
  produced: number;
  rejected: number;
  /** Lines that an earlier run has sent already. */
  alreadySent: number;
  ingested: number;
  quarantined: number;
  duplicates: number;
}

/** The summary of a run that has not begun: with the counts that the pipeline's steps are going to fill in, and no others. */
export function emptySummary<P>(pipeline: Pick<Pipeline<P>, 'name' | 'steps'>, input: string[], startedAt: Date): Summary {
  const steps = stepsOf(pipeline);
  const has = (kind: (typeof steps)[number]['kind']) => steps.some((step) => step.kind === kind);
  const trains = steps.some(({ name }) => name === 'train');
  return {
    pipeline: pipeline.name,
    input,
    startedAt: startedAt.toISOString(),
    seconds: 0,
    steps: [],
    ...(has('replay') && {
      events: { read: 0, produced: 0, rejected: 0, alreadySent: 0, ingested: 0, quarantined: 0, duplicates: 0 },
    }),
    ...(trains && { model: { skipped: 'the run did not come to it' } }),
    ...(has('stage') && { staged: {} }),
    warehouse: null,
    report: null,
  };
}

/** Writes the summary whole or not at all, and points `runs/latest` to its run. */
export async function writeSummary(runFolder: string, summary: Summary): Promise<void> {
  await mkdir(runFolder, { recursive: true });
  const file = join(runFolder, 'summary.json');
  await writeFile(`${file}.new`, `${JSON.stringify(summary, null, 2)}\n`);
  await rename(`${file}.new`, file);
  const latest = join(runFolder, '..', 'latest');
  await rm(`${latest}.new`, { force: true });
  await symlink(basename(runFolder), `${latest}.new`);
  await rename(`${latest}.new`, latest);
}
