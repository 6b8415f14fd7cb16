import type { Dataset } from '../../lib/contracts/dataset.ts';
import type { StagedCounts } from '../../lib/pipelines/step-result.ts';
import { InputError, type OpenSource } from '../shared/sources.ts';
import { checkSizes, sortOut } from './new-files.ts';
import { MAX_LISTED_REJECTS, stageFile, type FileCounts } from './stage-file.ts';
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

/** Bytes of a file as stored that a call has a chance to stage. */
export interface MaxFileBytes {
  readonly plain: number;
  readonly packed: number;
}

export interface Dependencies {
  readonly contract: Dataset;
  readonly list: () => Promise<Listing>;
  readonly open: OpenSource;
  readonly store: StagedStore;
  /** When files were staged that the warehouse holds, by id: what is staged anew agrees with it. @default - it holds none */
  readonly loaded?: ReadonlyMap<string, Date>;
  /** @default - now */
  readonly clock?: () => Date;
  /** @default - no limit */
  readonly maxFileBytes?: MaxFileBytes;
}

export interface StageContext {
  /** What the call before answered, of the same run. @default - this is the first */
  readonly soFar?: StagedCounts | undefined;
  /** Milliseconds left, as of a Lambda's context. @default - no limit */
  readonly remainingMs?: () => number;
  /** Stops the staging as an approaching deadline does. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: StageProgress) => void;
}

/** Counts of this call; bytes of the new files as they are stored. */
export interface StageProgress {
  readonly files: number;
  readonly totalFiles: number;
  readonly rows: number;
  readonly rejected: number;
  readonly bytes: number;
  readonly totalBytes: number;
}

/** What this call and the earlier ones of the run did. */
export interface StageResult extends StagedCounts {
  /** False when it was stopped before the last file: to be called again. */
  readonly done: boolean;
}

/** Time kept for the end of a file, and for answering. */
const MARGIN_MS = 30_000;
const NOTHING: StagedCounts = { files: 0, alreadyStaged: 0, rows: 0, rejected: 0, duplicateFiles: [], otherFiles: [], rejects: [] };

/**
 * Stages the new files of a folder: rows that fit the contract, the records that do not, and last a marker, so that a file is staged
 * whole or not at all. A file is known by its bytes, and staged once.
 * @throws InputError where a file cannot be read, or is too large for one call
 */
export async function stageFiles(dependencies: Dependencies, context: StageContext = {}): Promise<StageResult> {
  const { contract, list, open, store, loaded, clock = () => new Date(), maxFileBytes } = dependencies;
  const { soFar = NOTHING, remainingMs = () => Infinity, signal, onProgress } = context;
  if (remainingMs() < MARGIN_MS) throw new Error(`time left must be at least ${MARGIN_MS} ms, got ${remainingMs()}`);
  const listing = await list();
  const { fresh, staged, duplicates } = await sortOut(listing, open, await store.stagedIds(), signal);
  if (maxFileBytes) checkSizes(fresh, maxFileBytes);

  const totalBytes = fresh.reduce((sum, { source }) => sum + source.bytes, 0);
  let now = { files: 0, rows: 0, rejected: 0, bytes: 0 };
  const rejects = [...soFar.rejects];
  const mustStop = () => signal?.aborted === true || remainingMs() < MARGIN_MS;

  for (const file of fresh) {
    const about = {
      dataset: contract.name,
      file_id: file.id,
      file_name: file.path,
      staged_at: (loaded?.get(file.id) ?? clock()).getTime(),
    };
    const onRead = ({ rows, rejected, bytes }: FileCounts) =>
      onProgress?.({ ...added(now, { rows, rejected, bytes }), files: now.files, totalFiles: fresh.length, totalBytes });
    const counts = mustStop() ? undefined : await stageFile(file.source, { contract, store, about, mustStop, onRead });
    if (!counts) {
      // Called again it would get no further.
      if (!signal?.aborted && now.files === 0)
        throw new InputError(`file to stage must take no longer than a call, got ${file.name}: split it`);
      return result(false);
    }
    now = { files: now.files + 1, ...added(now, counts) };
    for (const reject of counts.rejects.slice(0, MAX_LISTED_REJECTS - rejects.length)) rejects.push({ source: file.name, ...reject });
  }
  return result(true);

  function result(done: boolean): StageResult {
    return {
      done,
      files: soFar.files + now.files,
      // What earlier calls of this run staged was new to the run.
      alreadyStaged: Math.max(staged - soFar.files, 0),
      rows: soFar.rows + now.rows,
      rejected: soFar.rejected + now.rejected,
      duplicateFiles: [...duplicates],
      otherFiles: [...listing.others],
      rejects,
    };
  }
}

type Counts = Pick<FileCounts, 'rows' | 'rejected' | 'bytes'>;

function added(one: Counts, other: Counts): Counts {
  return { rows: one.rows + other.rows, rejected: one.rejected + other.rejected, bytes: one.bytes + other.bytes };
}
