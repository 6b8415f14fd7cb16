const FIRST_BYTES = 64 * 1024;
/** Bytes of UTF-8 that a unit of a text's length may come to. */
const MAX_BYTES_A_UNIT = 3;
const LINE_FEED = 0x0a;

/**
 * Gathers lines as bytes, one by one: joined as texts they would be copied once more, and each be two bytes wide where one of them holds
 * a character that is not of Western Europe. That is half the time that it takes to make them.
 */
export class Lines {
  private bytes: Buffer<ArrayBuffer> = Buffer.allocUnsafe(FIRST_BYTES);
  private length = 0;

  add(line: string): void {
    const most = line.length * MAX_BYTES_A_UNIT + 1;
    if (this.length + most > this.bytes.length) this.grow(this.length + most);
    this.length += this.bytes.write(line, this.length);
    this.bytes[this.length++] = LINE_FEED;
  }

  /** Hands over what is there, and begins anew. */
  take(): Buffer {
    const { bytes, length } = this;
    this.bytes = Buffer.allocUnsafe(bytes.length);
    this.length = 0;
    return bytes.subarray(0, length);
  }

  private grow(atLeast: number): void {
    const larger = Buffer.allocUnsafe(Math.max(atLeast, 2 * this.bytes.length));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
