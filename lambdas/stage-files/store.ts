import type { z } from 'zod';
import type { stagedFiles, stagedRejects } from '../../lib/contracts/staging.ts';
import type { StagedBlock } from './block.ts';
import type { TextForm } from './table-text.ts';

/** A row of `staged_files`. */
export type StagedFile = z.output<typeof stagedFiles.schema>;
/** A row of `staged_rejects`. */
export type StagedReject = z.output<typeof stagedRejects.schema>;

/** What is known of a file before it is read. */
export type NewFile = Pick<StagedFile, 'dataset' | 'file_id' | 'file_name' | 'staged_at'>;

/** Where the staged files of one data set are kept. */
export interface StagedStore {
  /** How it wants rows to be written. */
  readonly form: TextForm;
  /** Ids of the files that are staged whole. */
  readonly stagedIds: () => Promise<ReadonlySet<string>>;
  /** Begins the staging of a file; one at a time. */
  readonly begin: (file: NewFile) => Promise<FileWriter>;
}

/** Takes what one file holds. Nobody sees any of it before `finish`, and nothing of it is left after `discard`. */
export interface FileWriter {
  readonly write: (block: StagedBlock) => Promise<void>;
  /** Keeps what was written, and last the marker that says so. */
  readonly finish: (marker: StagedFile) => Promise<void>;
  readonly discard: () => Promise<void>;
}

/** Kinds of staged files, each in a folder of its own: `<staged>/<data set>/<kind>/<file id>`. */
export const STAGED_KINDS = ['rows', 'rejects', 'files'] as const;
export type StagedKind = (typeof STAGED_KINDS)[number];
