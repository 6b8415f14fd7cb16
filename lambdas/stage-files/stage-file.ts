import type { Dataset } from '../../lib/contracts/dataset.ts';
import { rawRecords } from '../shared/records.ts';
import type { Source } from '../shared/sources.ts';
import { blockMaker } from './block.ts';
import type { NewFile, StagedStore } from './store.ts';

/** Rejects that are told to people: all of them are staged. */
export const MAX_LISTED_REJECTS = 20;

export interface FileCounts {
  readonly rows: number;
  readonly rejected: number;
  /** Bytes read, as stored. */
  readonly bytes: number;
  /** The first of them. */
  readonly rejects: readonly { readonly line: number; readonly reason: string }[];
}

export interface FileStaging {
  readonly contract: Dataset;
  readonly store: StagedStore;
  readonly about: NewFile;
  /** Asked now and then while the file is read. */
  readonly mustStop: () => boolean;
  readonly onRead: (counts: FileCounts) => void;
}

/** Stages one file whole, or leaves nothing of it. @returns undefined where it had to stop */
export async function stageFile(
  source: Source,
  { contract, store, about, mustStop, onRead }: FileStaging,
): Promise<FileCounts | undefined> {
  const counts = { rows: 0, rejected: 0, bytes: 0, rejects: [] as { line: number; reason: string }[] };

  async function* counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      counts.bytes += chunk.length;
      yield chunk;
    }
  }

  const writer = await store.begin(about);
  try {
    const makeBlock = blockMaker(contract, about, store.form);
    for await (const records of rawRecords(counted(source.read()))) {
      const block = makeBlock(records);
      const { rejects } = block;
      await writer.write(block);
      counts.rows += block.rows;
      counts.rejected += rejects.length;
      for (const { file_line, reason } of rejects.slice(0, MAX_LISTED_REJECTS - counts.rejects.length)) {
        counts.rejects.push({ line: file_line, reason });
      }
      onRead(counts);
      if (mustStop()) {
        await writer.discard();
        return undefined;
      }
    }
    await writer.finish({ ...about, rows: counts.rows, rejected: counts.rejected, published_at: null });
    return counts;
  } catch (error) {
    await writer.discard().catch(() => {}); // what went wrong first says more
    throw error;
  }
}
