import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';

/** A text file that appears under its name only when it is complete: until then it is beside it, with `.<process>.partial` added. Gzip when the name ends in .gz. */
export class LineFile {
  private readonly path: string;
  private readonly partial: string;
  private readonly input: NodeJS.WritableStream;
  private readonly written: Promise<void>;
  private failure: Error | undefined;

  constructor(path: string) {
    this.path = path;
    this.partial = `${path}.${process.pid}.partial`;
    const input = path.endsWith('.gz') ? createGzip({ level: constants.Z_BEST_SPEED }) : new PassThrough();
    this.input = input;
    this.written = pipeline(input, createWriteStream(this.partial));
    this.written.catch((error: Error) => (this.failure = error));
  }

  /** Takes some lines; waits when the disk is behind. */
  async write(lines: string): Promise<void> {
    if (this.failure) throw this.failure;
    if (!this.input.write(lines)) await Promise.race([once(this.input, 'drain'), this.written]);
  }

  /** Completes the file under its temporary name. */
  async finish(): Promise<void> {
    this.input.end();
    await this.written;
  }

  async publish(): Promise<void> {
    await rename(this.partial, this.path);
  }

  /** Removes what has been written so far. */
  async discard(): Promise<void> {
    this.input.end();
    await this.written.catch(() => undefined);
    await rm(this.partial, { force: true });
  }
}
