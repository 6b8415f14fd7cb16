import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { once } from 'node:events';
import { createGzip, type Gzip } from 'node:zlib';
import type { Dataset } from '../../lib/contracts/dataset.ts';
import { stagedFiles, stagedRejects } from '../../lib/contracts/staging.ts';
import { s3Location } from '../shared/s3-location.ts';
import { s3Keys } from './s3-listing.ts';
import type { StagedKind, StagedStore } from './store.ts';
import { tableText } from './table-text.ts';

const SUFFIX: Record<StagedKind, string> = { rows: '.jsonl.gz', rejects: '.jsonl.gz', files: '.json.gz' };

/** URI of a staged file: gzip, JSON lines. */
export function stagedUri(folder: string, { name }: Dataset, kind: StagedKind, fileId: string): string {
  return `${folder}/${name}/${kind}/${fileId}${SUFFIX[kind]}`;
}

/**
 * Staged files of a data set in S3. They are packed in memory (a tenth of what is read) and put whole, so that nothing is ever there by
 * half; rows and rejects without a marker are replaced when the file is staged again.
 * @param folder `s3://bucket/prefix` without a slash at its end
 */
export function s3Store(client: Pick<S3Client, 'send'>, folder: string, contract: Dataset): StagedStore {
  const [rejectText, fileText] = [tableText(stagedRejects, 'json'), tableText(stagedFiles, 'json')];
  return {
    form: 'json',
    async stagedIds() {
      const { found } = await s3Keys(client, `${folder}/${contract.name}/files/`);
      return new Set(found.map(({ name }) => name.slice(0, -SUFFIX.files.length)));
    },
    begin({ file_id }) {
      const rows = new PackedLines();
      const rejects = new PackedLines();
      const put = async (kind: StagedKind, lines: PackedLines) => {
        const target = s3Location(stagedUri(folder, contract, kind, file_id))!;
        await client.send(new PutObjectCommand({ ...target, Body: await lines.end(), ContentType: 'application/gzip' }));
      };
      return Promise.resolve({
        async write(block) {
          await rows.write(block.text);
          for (const reject of block.rejects) await rejects.write(`${rejectText(reject)}\n`);
        },
        async finish(marker) {
          await put('rows', rows);
          await put('rejects', rejects);
          const files = new PackedLines();
          await files.write(`${fileText(marker)}\n`);
          await put('files', files);
        },
        discard() {
          rows.discard();
          rejects.discard();
          return Promise.resolve();
        },
      });
    },
  };
}

/** Lines of text, packed as they come. */
class PackedLines {
  private readonly gzip: Gzip = createGzip();
  private readonly packed: Buffer[] = [];

  constructor() {
    this.gzip.on('data', (chunk: Buffer) => this.packed.push(chunk));
  }

  async write(lines: Buffer | string): Promise<void> {
    await new Promise<void>((resolve, reject) => this.gzip.write(lines, (error) => (error ? reject(error) : resolve())));
  }

  /** Also without a line they make a file: Redshift refuses to copy none. */
  async end(): Promise<Buffer> {
    const ended = once(this.gzip, 'end');
    this.gzip.end();
    await ended;
    return Buffer.concat(this.packed);
  }

  discard(): void {
    this.gzip.destroy();
  }
}
