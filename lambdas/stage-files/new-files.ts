import { createHash } from 'node:crypto';
import { InputError, type OpenSource, type Source } from '../shared/sources.ts';
import type { ListedFile, Listing, MaxFileBytes } from './handler.ts';

export interface OpenedFile extends ListedFile {
  /** Name of the content that a key can hold. */
  readonly id: string;
  readonly source: Source;
}

/** What became of a listing. */
export interface Sorted {
  /** Files to be staged, by name. */
  readonly fresh: readonly OpenedFile[];
  /** How many of the others are staged. */
  readonly staged: number;
  /** Names of those that hold the same bytes as one before them. */
  readonly duplicates: readonly string[];
}

/** Opened side by side: where each is asked for over a network, it is the waiting that takes long. */
const OPENED_AT_ONCE = 16;

/** Sorts the files of a folder out, by what they hold. */
export async function sortOut(
  { files }: Listing,
  open: OpenSource,
  stagedIds: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<Sorted> {
  const byName = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const seen = new Set<string>();
  const fresh: OpenedFile[] = [];
  const duplicates: string[] = [];
  for (let at = 0; at < byName.length; at += OPENED_AT_ONCE) {
    const opened = await Promise.all(byName.slice(at, at + OPENED_AT_ONCE).map((file) => openFile(file, open, signal)));
    for (const file of opened) {
      if (seen.has(file.id)) duplicates.push(file.name);
      else if (!stagedIds.has(file.id)) fresh.push(file);
      seen.add(file.id);
    }
  }
  return { fresh, duplicates, staged: seen.size - fresh.length };
}

async function openFile(file: ListedFile, open: OpenSource, signal: AbortSignal | undefined): Promise<OpenedFile> {
  const source = await open(file.location, signal);
  return { ...file, source, id: idOf(source) };
}

/** An id that is not a digest of the bytes already names a place, in characters that a key need not take. */
function idOf({ id }: Source): string {
  return /^[0-9a-f]{16}$/.test(id) ? id : createHash('sha256').update(id).digest('hex').slice(0, 16);
}

/** A file is staged whole within a call, or not at all. */
export function checkSizes(files: readonly OpenedFile[], { plain, packed }: MaxFileBytes): void {
  for (const { name, source } of files) {
    const most = name.endsWith('.gz') ? packed : plain;
    if (source.bytes <= most) continue;
    throw new InputError(
      `file to stage must be at most ${plain} bytes, ${packed} where it is packed, got ${source.bytes} in ${name}: split it`,
    );
  }
}
