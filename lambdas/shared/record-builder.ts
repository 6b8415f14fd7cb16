import { closeSync, mkdtempSync, openSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_RECORD_BYTES, type RawRecord } from './row-checker.ts';

const SPACE = 0x20;

/** Gathers the bytes of a record from the chunks it is spread over. */
export class RecordBuilder {
  private line = 0;
  private parts: Buffer[] = [];
  private kept = 0;
  private size = 0;
  private whole: { readonly path: string; readonly file: number } | undefined;

  /** @param keepsWhole Whether a record that is too long to be held is written to a file besides, which who gets the record removes */
  constructor(private readonly keepsWhole: boolean) {}

  add(bytes: Buffer): void {
    if (bytes.length === 0) return;
    if (this.keepsWhole && this.size + bytes.length > MAX_RECORD_BYTES) this.write(bytes);
    const room = MAX_RECORD_BYTES - this.kept;
    const part = bytes.length <= room ? bytes : bytes.subarray(0, room);
    if (part.length > 0) this.parts.push(part);
    this.kept += part.length;
    this.size += bytes.length;
  }

  isBlank(): boolean {
    for (const part of this.parts) for (const byte of part) if (byte > SPACE) return false;
    return true;
  }

  /** Ends the record. It is handed over unless it is blank; one with a fault always is. */
  endInto(records: RawRecord[], fault?: string): void {
    this.line++;
    if (fault !== undefined || !this.isBlank()) {
      const bytes = this.parts.length === 1 ? this.parts[0]! : Buffer.concat(this.parts);
      const record = { line: this.line, bytes, size: this.size, ...(this.whole && { whole: this.whole.path }) };
      records.push(fault === undefined ? record : { ...record, fault });
    }
    if (this.whole) closeSync(this.whole.file);
    this.whole = undefined;
    this.parts.length = 0;
    this.kept = this.size = 0;
  }

  /** Writes what comes, and before it what has come so far. */
  private write(bytes: Buffer): void {
    if (!this.whole) {
      const path = join(mkdtempSync(join(tmpdir(), 'millrace-record-')), 'record');
      this.whole = { path, file: openSync(path, 'w') };
      for (const part of this.parts) writeSync(this.whole.file, part);
    }
    writeSync(this.whole.file, bytes);
  }
}
