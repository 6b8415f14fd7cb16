import { mkdir, open, readdir, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { STAGED_KINDS, type StagedKind } from '../../../lambdas/stage-files/store.ts';

const SUFFIX: Record<StagedKind, string> = { rows: '.jsonl', rejects: '.jsonl', files: '.json' };

/** The staged files of a data set on this machine: `<kind>/<file id>`. Names that begin with a dot are not looked at by who reads them. */
export class StagedFolder {
  constructor(private readonly folder: string) {}

  path(kind: StagedKind, fileId: string): string {
    return join(this.folder, kind, fileId + SUFFIX[kind]);
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
    const path = this.path(kind, fileId);
    const unfinished = join(this.folder, kind, `.${fileId}`);
    return new NewStagedFile(await open(unfinished, 'w'), unfinished, path);
  }

  async mark(fileId: string, line: string): Promise<void> {
    const unfinished = join(this.folder, 'files', `.${fileId}`);
    await writeFile(unfinished, `${line}\n`);
    await rename(unfinished, this.path('files', fileId));
  }
}

/** A file that has its name only when it is whole. */
class NewStagedFile {
  constructor(
    private readonly handle: FileHandle,
    private readonly unfinished: string,
    private readonly path: string,
  ) {}

  async write(lines: Buffer): Promise<void> {
    if (lines.length > 0) await this.handle.appendFile(lines);
  }

  async finish(): Promise<void> {
    await this.handle.close();
    await rename(this.unfinished, this.path);
  }

  async discard(): Promise<void> {
    await this.handle.close();
    await rm(this.unfinished, { force: true });
  }
}
