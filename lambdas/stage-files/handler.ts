import type { Dataset } from '../../lib/contracts/dataset.ts';
import type { StagedCounts } from '../../lib/pipelines/step-result.ts';
import type { OpenSource } from '../shared/sources.ts';
import type { StagedStore } from './store.ts';

/** A file that may hold records. */
export interface ListedFile {
  /** What `open` takes: a path, or `s3://bucket/key`. */
  readonly location: string;
  /** What `staged_files` calls it: its path or key. */
  readonly path: string;
  /** What people call it: its path below the folder that was asked for. */
  readonly name: string;
}

/** What is in a folder. */
export interface Listing {
  readonly files: readonly ListedFile[];
  /** Names of what holds no records: neither `.json` nor `.jsonl`, packed or not, or hidden. */
  readonly others: readonly string[];
}

export interface Dependencies {
  readonly contract: Dataset;
  readonly list: () => Promise<Listing>;
  readonly open: OpenSource;
  readonly store: StagedStore;
  /** When a file was staged that the warehouse holds already, by its id: what is staged anew agrees with it. @default - it holds none */
  readonly loaded?: ReadonlyMap<string, Date>;
  /** @default - now */
  readonly clock?: () => Date;
  /** Largest file, bytes as stored, that a call has a chance to stage. @default - no limit */
  readonly maxFileBytes?: { readonly plain: number; readonly packed: number };
}

export interface StageContext {
  /** What earlier calls of the same run answered. @default - this is the first */
  readonly soFar?: StagedCounts;
  /** Milliseconds left, as of a Lambda's context. @default - no limit */
  readonly remainingMs?: () => number;
  /** Stops the staging as an approaching deadline does. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: StageProgress) => void;
}

/** Counts of this call; bytes of the new files as they are stored. */
export interface StageProgress {
  readonly rows: number;
  readonly rejected: number;
  readonly files: number;
  readonly totalFiles: number;
  readonly bytes: number;
  readonly totalBytes: number;
}

/** What this call and the earlier ones of the run did. */
export interface StageResult extends StagedCounts {
  /** False when it was stopped before the last file: to be called again. */
  readonly done: boolean;
}

/** What the function answers. Called again with `{"dataset", "from", "soFar": <its last answer>}` until it is done. */
export interface StageAnswer extends StageResult {
  /** Files, staged now or before, that the warehouse does not hold; known when all is done. Above 0 their manifests are written. */
  readonly toLoad: number;
}
