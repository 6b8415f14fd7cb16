import type { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { contract as contractOf } from '../../lib/contracts/index.ts';
import type { DataApi } from '../shared/redshift.ts';
import { openS3 } from '../shared/sources.ts';
import { stageFiles, type Listing, type MaxFileBytes, type StageResult } from './handler.ts';
import { listingOf } from './listing.ts';
import { loadedIds, writeManifests } from './manifests.ts';
import { s3Keys } from './s3-listing.ts';
import { s3Store } from './s3-store.ts';

/** A call by a state machine or a person. It is answered with what was done so far, and called again with that until it is done. */
const call = z.strictObject({
  dataset: z.string().min(1),
  /** Folder to stage the new files of: `s3://bucket/prefix/`. */
  from: z.string().regex(/^s3:\/\/[^/]+\/.+\/$/),
  /** Null as good as left out: a state machine has it in a variable, which must have a value at the first call, too. */
  soFar: z
    .object({
      files: z.int(),
      alreadyStaged: z.int(),
      rows: z.int(),
      rejected: z.int(),
      duplicateFiles: z.array(z.string()),
      otherFiles: z.array(z.string()),
      rejects: z.array(z.object({ source: z.string(), line: z.int(), reason: z.string() })),
    })
    .nullish(),
});

/** What the function answers. */
export interface StageAnswer extends StageResult {
  /** Files, staged now or before, that the warehouse does not hold; known when all is done. Above 0 their manifests are written. */
  readonly toLoad: number;
}

export interface LambdaDependencies {
  readonly s3: Pick<S3Client, 'send'>;
  readonly warehouse: Pick<DataApi, 'query'>;
  /** URI of the staged files without a slash at its end. */
  readonly staged: string;
}

interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/**
 * Some three minutes' work at Lambda's speed with one processor, of the fifteen that a call may take; packed it is a tenth. What comes
 * of it is held in memory, packed.
 */
const MAX_FILE_BYTES: MaxFileBytes = { plain: 2 * 1024 ** 3, packed: 256 * 1024 ** 2 };
/** A paused warehouse takes a while to come up. */
const MANIFESTS_MS = 3 * 60 * 1000;
/** A state machine's data have a limit (256 KiB), and names of files may be as long as S3 takes them. */
const MAX_NAMES = 50;
const MAX_REASON_CHARACTERS = 500;

/** Answers calls that name a data set and a folder of S3. */
export function makeLambda({ s3, warehouse, staged }: LambdaDependencies) {
  return async (event: unknown, lambda: LambdaContext): Promise<StageAnswer> => {
    const { success, data } = call.safeParse(event);
    if (!success) throw new Error(`event must be {dataset, from: "s3://bucket/prefix/"}, with soFar if need be, got ${shown(event)}`);
    const contract = contractOf(data.dataset);
    const store = s3Store(s3, staged, contract);
    const remainingMs = () => lambda.getRemainingTimeInMillis();
    const result = await stageFiles(
      { contract, list: () => list(s3, data.from), open: openS3(s3), store, maxFileBytes: MAX_FILE_BYTES },
      { remainingMs, soFar: data.soFar ?? undefined },
    );
    const isNew = result.files > (data.soFar?.files ?? 0);
    // A call that has staged nothing has all its time for the manifests, however little it is.
    if (!result.done || (isNew && remainingMs() < MANIFESTS_MS)) return answer({ ...result, done: false }, 0);
    const loaded = await loadedIds(warehouse, contract);
    const toLoad = [...(await store.stagedIds())].filter((id) => !loaded.has(id));
    if (toLoad.length > 0) await writeManifests(s3, staged, contract, toLoad);
    return answer(result, toLoad.length);
  };
}

async function list(s3: Pick<S3Client, 'send'>, from: string): Promise<Listing> {
  const { Bucket, found } = await s3Keys(s3, from);
  return listingOf(found.map(({ key, name }) => ({ location: `s3://${Bucket}/${key}`, path: key, name })));
}

function answer(result: StageResult, toLoad: number): StageAnswer {
  const { duplicateFiles, otherFiles, rejects } = result;
  return {
    ...result,
    duplicateFiles: first(duplicateFiles),
    otherFiles: first(otherFiles),
    rejects: rejects.map(({ reason, ...of }) => ({ ...of, reason: reason.slice(0, MAX_REASON_CHARACTERS) })),
    toLoad,
  };
}

function first(names: readonly string[]): string[] {
  return names.length <= MAX_NAMES ? [...names] : [...names.slice(0, MAX_NAMES), `… and ${names.length - MAX_NAMES} more`];
}

function shown(event: unknown): string {
  return String(JSON.stringify(event)).slice(0, 500);
}
