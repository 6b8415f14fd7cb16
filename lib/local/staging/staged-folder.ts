import { access, mkdir, open, readdir, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { STAGED_KINDS, type StagedKind } from '../../../lambdas/stage-files/store.ts';

const SUFFIX: Record<StagedKind, string> = { rows: '.csv', rejects: '.jsonl', files: '.json' };
/** Of rows some of which are on several lines: who reads the file in parts must not take each line for a row. */
export const MULTILINE_SUFFIX = '.multiline.csv';
/** Rows as they are staged in S3, and as earlier versions staged them here. */
export const JSON_SUFFIX = '.jsonl';

/** The staged files of a data set on this machine: `<kind>/<file id>`. Names that begin with a dot are not looked at by who reads them. */
export class StagedFolder {
  constructor(private readonly folder: string) {}

  path(kind: StagedKind, fileId: string, suffix = SUFFIX[kind]): string {
    return join(this.folder, kind, fileId + suffix);
  }

  /** Where the rows of a file are that is staged whole. */
  async rowsPath(fileId: string): Promise<string> {
    for (const suffix of [SUFFIX.rows, MULTILINE_SUFFIX, JSON_SUFFIX]) {
      const path = this.path('rows', fileId, suffix);
      if (await isThere(path)) return path;
    }
    throw new Error(`staged files must have their rows beside their markers, got none for ${fileId} in ${this.folder}`);
  }

  async make(): Promise<void> {
    for (const kind of STAGED_KINDS) await mkdir(join(this.folder, kind), { recursive: true });
  }

  /** Ids of the files that are staged whole, in their order. */
  async ids(): Promise<string[]> {
    const names = await readdir(join(this.folder, 'files')).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    return names
      .filter((name) => !name.startsWith('.') && name.endsWith(SUFFIX.files))
      .map((name) => name.slice(0, -SUFFIX.files.length))
      .sort();
  }

  async begin(kind: StagedKind, fileId: string): Promise<NewStagedFile> {
    const unfinished = join(this.folder, kind, `.${fileId}`);
    return new NewStagedFile(await open(unfinished, 'w'), unfinished, (suffix) => this.path(kind, fileId, suffix));
  }

  async mark(fileId: string, line: string): Promise<void> {
    const unfinished = join(this.folder, 'files', `.${fileId}`);
    await writeFile(unfinished, `${line}\n`);
    await rename(unfinished, this.path('files', fileId));
  }
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** A file that has its name only when it is whole. */
class NewStagedFile {
  constructor(
    private readonly handle: FileHandle,
    private readonly unfinished: string,
    private readonly path: (suffix: string | undefined) => string,
  ) {}

  async write(lines: Buffer): Promise<void> {
    if (lines.length > 0) await this.handle.appendFile(lines);
  }

  /** @param suffix Of its name. @default - that of its kind */
  async finish(suffix?: string): Promise<void> {
    await this.handle.close();
    await rename(this.unfinished, this.path(suffix));
  }

  async discard(): Promise<void> {
    await this.handle.close();
    await rm(this.unfinished, { force: true });
  }
}
