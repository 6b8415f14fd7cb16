import type { RawRecord } from '../../../lambdas/shared/row-checker.ts';
import type { StagedReject, NewFile } from '../../../lambdas/stage-files/store.ts';

/** Records as threads hand them to each other: few large values, as each object would be copied by itself. */
export interface PackedRecords {
  /** Bytes of all records, one after the other. */
  readonly bytes: Uint8Array;
  /** Of each record its line, how many of its bytes are there, and how many it really has. */
  readonly numbers: Float64Array;
  /** By the place of the record. */
  readonly faults: ReadonlyMap<number, string>;
}

export interface BlockRequest {
  readonly about: NewFile;
  readonly records: PackedRecords;
}

export interface BlockResponse {
  readonly rows: number;
  readonly json: Uint8Array;
  readonly csv: Uint8Array;
  readonly rejects: readonly StagedReject[];
}

const NUMBERS = 3;

export function packed(records: readonly RawRecord[]): PackedRecords {
  const length = records.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const bytes = Buffer.from(new ArrayBuffer(length)); // not from the pool, which others write to
  const numbers = new Float64Array(records.length * NUMBERS);
  const faults = new Map<number, string>();
  let end = 0;
  for (const [index, record] of records.entries()) {
    numbers.set([record.line, record.bytes.length, record.size], index * NUMBERS);
    if (record.fault !== undefined) faults.set(index, record.fault);
    end += record.bytes.copy(bytes, end);
  }
  return { bytes, numbers, faults };
}

export function unpacked({ bytes, numbers, faults }: PackedRecords): RawRecord[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: RawRecord[] = [];
  let from = 0;
  for (let at = 0; at < numbers.length; at += NUMBERS) {
    const [line, length, size] = [numbers[at]!, numbers[at + 1]!, numbers[at + 2]!];
    const fault = faults.get(at / NUMBERS);
    records.push({ line, bytes: all.subarray(from, from + length), size, ...(fault !== undefined && { fault }) });
    from += length;
  }
  return records;
}
