import type { Dataset } from '../contracts/dataset.ts';
import { staged, stagedFiles, stagedRejects } from '../contracts/staging.ts';
import { sqlFile } from './sql-file.ts';

export interface StagedLocation {
  /** URI of the staged files without a slash at its end, such as `s3://bucket/staged`. */
  readonly staged: string;
  /** ARN of the role that COPY reads them with. */
  readonly copyRole: string;
  readonly region: string;
}

/** Manifests of a data set, by what they list: rows, rejects, and the markers of files. */
const MANIFESTS = ['rows', 'rejects', 'files'] as const;

/** URI of the manifest that lists what a load takes. It has a place of its own, so that the statements are always the same: runs come one after the other. */
export function manifestUri(source: Dataset, kind: (typeof MANIFESTS)[number], staged: string): string {
  return `${staged}/${source.name}/manifests/${kind}.json`;
}

/**
 * Takes staged files of one data set into the warehouse, whole files or none: to be run as one transaction. Their marker comes last;
 * a file that has one in `staged_files` is not listed again.
 */
export function stagingStatements(source: Dataset, location: StagedLocation): string[] {
  const { copyRole: role, region } = location;
  const tables = { rows: staged(source), rejects: stagedRejects, files: stagedFiles };
  return MANIFESTS.flatMap((kind) =>
    sqlFile('copy-staged.sql', { table: [tables[kind].name] }, { manifest: manifestUri(source, kind, location.staged), role, region }),
  );
}
