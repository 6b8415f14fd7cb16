import { createGunzip } from 'node:zlib';

/** Bytes that can be read one after the other, and what was wrong with them, known once all are read. */
export interface Input {
  readonly chunks: AsyncIterable<Buffer>;
  readonly fault: () => string | undefined;
}

/** Unpacks what begins like gzip, whatever its name, and passes on what does not. A fault in the gzip data ends it early. */
export function decompressed(chunks: AsyncIterable<Buffer>): Input {
  let fault: string | undefined;
  async function* read(): AsyncGenerator<Buffer> {
    const { head, rest } = await peek(chunks, (bytes) => bytes.length >= GZIP_MAGIC.length);
    if (head.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC)) fault = yield* gunzip(rest);
    else yield* rest;
  }
  return { chunks: read(), fault: () => fault };
}

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

/**
 * Reads until `enough` of the beginning is there or the end is reached.
 * `rest` gives everything, from the first byte.
 */
export async function peek(
  chunks: AsyncIterable<Buffer>,
  enough: (head: Buffer) => boolean,
): Promise<{ head: Buffer; rest: AsyncIterable<Buffer> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  while (!enough(head)) {
    const next = await iterator.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  async function* rest(): AsyncGenerator<Buffer> {
    try {
      yield head;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.(); // closes the file of a reader that stops early
    }
  }
  return { head, rest: rest() };
}

/**
 * Yields all that can be unpacked, and returns the fault, if any. zlib's stream is fed by hand: read in the usual way, it throws
 * away what it has already unpacked when it meets a fault, and that is up to 16 KB of good lines.
 */
async function* gunzip(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, string | undefined> {
  const zlib = createGunzip({ chunkSize: 64 * 1024 });
  let unpacked: Buffer[] = [];
  let fault: string | undefined;
  zlib.on('data', (chunk: Buffer) => unpacked.push(chunk));
  zlib.on('error', (error: NodeJS.ErrnoException) => (fault = describe(error)));
  const ended = new Promise<void>((resolve) => zlib.once('close', resolve));
  const taken = () => {
    const chunk = Buffer.concat(unpacked);
    unpacked = [];
    return chunk;
  };
  try {
    for await (const chunk of chunks) {
      await Promise.race([ended, new Promise((resolve) => zlib.write(chunk, resolve))]);
      yield taken();
      if (fault) return fault;
    }
    zlib.end();
    await ended;
    yield taken();
    return fault;
  } finally {
    zlib.destroy();
  }
}

function describe(error: NodeJS.ErrnoException): string {
  return error.code === 'Z_BUF_ERROR'
    ? 'gzip data must be complete, got an end of file in the middle'
    : `gzip data must be sound, got ${error.message}`;
}
