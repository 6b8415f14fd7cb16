import { Worker } from 'node:worker_threads';
import type { MakeBlock, StagedBlock } from '../../../lambdas/stage-files/block.ts';
import type { NewFile } from '../../../lambdas/stage-files/store.ts';
import { packed, type BlockRequest, type BlockResponse } from './block-messages.ts';

/** Makes blocks in a thread of its own, beside the one that reads, writes and feeds the warehouse: a large file takes most of its time there. */
export class BlockThread {
  private readonly worker = new Worker(new URL('./block-worker.mjs', import.meta.url));
  /** Blocks asked for; they come in their order. */
  private readonly waiting: { readonly resolve: (block: StagedBlock) => void; readonly reject: (reason: Error) => void }[] = [];
  private failure: Error | undefined;

  constructor() {
    this.worker.on('message', ({ rows, json, csv, rejects }: BlockResponse) => {
      this.waiting.shift()?.resolve({ rows, json: bufferOf(json), csv: bufferOf(csv), rejects });
    });
    this.worker.on('error', (error) => this.fail(error));
    this.worker.on('exit', () => this.fail(new Error('thread that checks records must go on, got its end')));
  }

  /** Makes what makes the blocks of one file. */
  blocksOf(about: NewFile): MakeBlock {
    return (records) =>
      new Promise((resolve, reject) => {
        if (this.failure) return reject(this.failure);
        this.waiting.push({ resolve, reject });
        const request: BlockRequest = { about, records: packed(records) };
        this.worker.postMessage(request, [request.records.bytes.buffer as ArrayBuffer, request.records.numbers.buffer as ArrayBuffer]);
      });
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private fail(reason: Error): void {
    this.failure ??= reason;
    for (const { reject } of this.waiting.splice(0)) reject(this.failure);
  }
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
