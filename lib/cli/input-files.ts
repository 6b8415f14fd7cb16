import { lstat, readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { ListedFile, Listing } from '../../lambdas/stage-files/handler.ts';
import { listingOf } from '../../lambdas/stage-files/listing.ts';
import { UsageError } from './failures.ts';

/** What a step has to read: the files named, whatever they are called, and those below the folders named. */
export async function inputFiles(input: string, paths: readonly string[]): Promise<Listing> {
  const files = new Map<string, ListedFile>();
  const others: string[] = [];
  for (const path of paths) {
    const about = await stat(path).catch((error: NodeJS.ErrnoException) => {
      throw new UsageError(`${input} must be a folder or a file that can be read, got ${path}: ${error.code}`);
    });
    const listing = about.isDirectory() ? listingOf(await filesBelow(path)) : { files: [fileAt(path, basename(path))], others: [] };
    for (const file of listing.files) files.set(resolve(file.path), file);
    others.push(...listing.others);
  }
  return { files: [...files.values()], others };
}

/**
 * All of a folder's files. What is not looked into (hidden folders, links to folders) has a slash at the end of its name, what cannot be
 * opened says why: none of it is then taken for a file of records.
 */
async function filesBelow(folder: string, below = ''): Promise<ListedFile[]> {
  const found: ListedFile[] = [];
  for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
    const name = below + entry.name;
    if (await isNamedInOtherBytes(join(folder, name))) {
      found.push(fileAt(join(folder, name), `${name} (a name that is not UTF-8)`));
      continue;
    }
    const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && (await isLinkToFolder(join(folder, name))));
    if (!isFolder) found.push(fileAt(join(folder, name), name));
    else if (entry.isDirectory() && !entry.name.startsWith('.')) found.push(...(await filesBelow(folder, `${name}/`)));
    else found.push(fileAt(join(folder, name), `${name}/`));
  }
  return found;
}

/** A name that is not UTF-8 cannot be said in text, and leads to no file then. */
async function isNamedInOtherBytes(path: string): Promise<boolean> {
  return (
    path.includes('\ufffd') &&
    !(await lstat(path).then(
      () => true,
      () => false,
    ))
  );
}

/** A link into nowhere is taken for a file: that it cannot be read is told where it is. */
async function isLinkToFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (about) => about.isDirectory(),
    () => false,
  );
}

function fileAt(path: string, name: string): ListedFile {
  return { location: path, path, name };
}
