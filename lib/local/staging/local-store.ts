import type { FileWriter, NewFile, StagedStore } from '../../../lambdas/stage-files/store.ts';
import { tableText } from '../../../lambdas/stage-files/table-text.ts';
import type { Dataset } from '../../contracts/dataset.ts';
import { stagedFiles, stagedRejects } from '../../contracts/staging.ts';
import type { Warehouse } from '../warehouse.ts';
import { MULTILINE_SUFFIX, type StagedFolder } from './staged-folder.ts';
import { csvHeader, StagedLoad } from './staged-load.ts';

/** Bytes of CSV after which a transaction ends: many small files share one, and a failure costs no more than this. */
const MAX_LOAD_BYTES = 256 * 1024 * 1024;

export interface LocalStoreOptions {
  readonly warehouse: Warehouse;
  readonly folder: StagedFolder;
  readonly contract: Dataset;
  /** Ids of the files that the warehouse holds: they are not taken into it again. */
  readonly loaded: { readonly has: (fileId: string) => boolean };
}

/**
 * Stages files into a folder and into the warehouse at once, so that they are read and checked a single time. What the folder has and the
 * warehouse has not, because a load failed, the next run takes from the folder.
 */
export class LocalStore implements StagedStore {
  readonly form = 'csv';
  private load: StagedLoad | undefined;
  private readonly rejectText = tableText(stagedRejects, 'json');
  private readonly fileText = tableText(stagedFiles, 'json');

  constructor(private readonly options: LocalStoreOptions) {}

  async stagedIds(): Promise<ReadonlySet<string>> {
    return new Set(await this.options.folder.ids());
  }

  async begin({ file_id: id }: NewFile): Promise<FileWriter> {
    const { folder, loaded, contract } = this.options;
    const rowsFile = await folder.begin('rows', id);
    const rejectsFile = await folder.begin('rejects', id);
    await rowsFile.write(Buffer.from(csvHeader(contract)));
    let isMultiline = false;
    const load = loaded.has(id) ? undefined : this.currentLoad();
    // Written while the next block is made.
    let underWay: Promise<unknown> = Promise.resolve();
    return {
      write: async ({ rows, text, rejects }) => {
        await underWay;
        isMultiline ||= hasLineBreaks(text, rows);
        const rejected = Buffer.from(rejects.map((reject) => `${this.rejectText(reject)}\n`).join(''));
        underWay = Promise.all([rowsFile.write(text), load?.write(text), rejectsFile.write(rejected)]);
        underWay.catch(() => {}); // thrown by whoever waits for it next
      },
      finish: async (marker) => {
        await underWay;
        await rowsFile.finish(isMultiline ? MULTILINE_SUFFIX : undefined);
        await rejectsFile.finish();
        await folder.mark(id, this.fileText(marker));
        load?.add({ id, rejected: marker.rejected });
        if (load && load.bytes > MAX_LOAD_BYTES) await this.commit();
      },
      discard: async () => {
        await underWay.catch(() => {});
        await rowsFile.discard();
        await rejectsFile.discard();
        // Some of its rows may be in the load already.
        if (load) await this.abort();
      },
    };
  }

  /** Ends the load that is under way: what was finished is in the warehouse then. */
  async commit(): Promise<void> {
    const { load } = this;
    this.load = undefined;
    await load?.commit();
  }

  /** Gives up the load that is under way. */
  async abort(): Promise<void> {
    const { load } = this;
    this.load = undefined;
    await load?.abort();
  }

  private currentLoad(): StagedLoad {
    const { warehouse, folder, contract } = this.options;
    return (this.load ??= new StagedLoad(warehouse, folder, contract));
  }
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Whether values of rows hold what may be taken for the end of a line. */
function hasLineBreaks(text: Buffer, rows: number): boolean {
  if (text.includes(CARRIAGE_RETURN)) return true;
  let lines = 0;
  for (let at = text.indexOf(LINE_FEED); at !== -1; at = text.indexOf(LINE_FEED, at + 1)) lines++;
  return lines > rows;
}
