import { isUtf8 } from 'node:buffer';

/** How a value is written in JSON. A missing one is null. */
export const [NULL, TEXT, NUMBER] = [0, 1, 2];

const [CARRIAGE_RETURN, SPACE, QUOTE, COMMA, MINUS, POINT, SLASH, ZERO, NINE, COLON, BACKSLASH, OPEN_OBJECT, CLOSE_OBJECT] = [
  0x0d, 0x20, 0x22, 0x2c, 0x2d, 0x2e, 0x2f, 0x30, 0x39, 0x3a, 0x5c, 0x7b, 0x7d,
] as const;
const NULL_BYTES = Buffer.from('null');

/** What a text holds, as bits; and of a number that it is written with more digits than it needs, as Python writes 1541016707796.0. */
export const [HAS_COMMA, HAS_QUOTES, HAS_ESCAPES, IS_LONG] = [1, 2, 4, 8];
/** Bytes that are no ASCII. */
const HAS_FOREIGN = 16;
/** Ends a text, or what is read of it here. */
const STOP = 32;
/** Of each byte what a text holds that has it. */
const MARKS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte < SPACE || byte === QUOTE || byte === BACKSLASH) return STOP;
  return byte === COMMA ? HAS_COMMA : byte >= 0x80 ? HAS_FOREIGN : 0;
});

/** Of a number of so many characters, sign apart, a double has the exact value, and `String` gives back its text. */
const MAX_NUMBER_LENGTH = 15;
/** Below it, `String` writes an exponent. */
const LEAST_PLAIN = 1e-6;
/** A division of integers that doubles hold by one of these is rounded once, as it is where JSON is parsed. */
const TENS = Array.from({ length: MAX_NUMBER_LENGTH + 1 }, (_, digits) => 10 ** digits);

/**
 * A record of JSON as places in its bytes: no values are made of what is copied as it stands. It reads what nearly all records of a log are, an
 * object of texts, numbers and nulls, with no escapes but `\"`, `\\` and `\/`, and no blanks but one behind a colon or a comma.
 */
export class FlatRecord {
  /** `NULL`, `TEXT` or `NUMBER` of each field. */
  readonly kinds: Uint8Array;
  /** Places of a text's first byte, within its quotes, and of a number's. */
  readonly starts: Int32Array;
  /** Places behind the last byte. */
  readonly ends: Int32Array;
  /** What a text holds, and how a number is written. */
  readonly marks: Uint8Array;
  readonly numbers: Float64Array;
  /** The record that was read last. */
  bytes: Buffer = Buffer.alloc(0);

  private readonly keys: readonly Uint8Array[];
  /** Field that came behind each field last time, or first: records are written in the same order. */
  private readonly following: Int32Array;
  private at = 0;
  private end = 0;

  /** @param names Of the fields that are known */
  constructor(private readonly names: readonly string[]) {
    const withUnknown = names.length + 1;
    this.kinds = new Uint8Array(withUnknown);
    this.starts = new Int32Array(withUnknown);
    this.ends = new Int32Array(withUnknown);
    this.marks = new Uint8Array(withUnknown);
    this.numbers = new Float64Array(withUnknown);
    this.keys = names.map((name) => Buffer.from(`"${name}":`));
    this.following = new Int32Array(withUnknown + 1);
  }

  /** Place of a field in what is kept of each. @throws where it is not known */
  placeOf(name: string): number {
    const place = this.names.indexOf(name);
    if (place === -1) throw new Error(`field of a flat record must be one of ${this.names.join(', ')}, got ${name}`);
    return place;
  }

  /** @returns false where JSON has to be parsed, also to say that it is none */
  read(bytes: Buffer): boolean {
    this.bytes = bytes;
    this.kinds.fill(NULL);
    this.marks.fill(0);
    this.end = bytes[bytes.length - 1] === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length;
    this.at = 1;
    if (bytes[0] !== OPEN_OBJECT) return false;
    let before = this.keys.length + 1;
    let held = 0;
    for (;;) {
      const field = this.readKey(before);
      if (field === -1 || !this.readValue(field)) return false;
      if (this.kinds[field] === TEXT) held |= this.marks[field]!;
      before = field;
      const next = bytes[this.at++];
      if (next === CLOSE_OBJECT) break;
      if (next !== COMMA) return false;
      this.skipBlank();
    }
    return this.at === this.end && ((held & HAS_FOREIGN) === 0 || isUtf8(bytes));
  }

  /** @returns the field, one more than the last known where it is not known, or -1 */
  private readKey(before: number): number {
    const { keys, following } = this;
    let field = following[before]!;
    if (field >= keys.length || !this.isAt(keys[field]!)) {
      field = keys.findIndex((key) => this.isAt(key));
      if (field === -1) return this.readUnknownKey();
      following[before] = field;
    }
    this.at += keys[field]!.length;
    return field;
  }

  private isAt(text: Uint8Array): boolean {
    const { bytes, at } = this;
    for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
    return true;
  }

  /** One with an escape may be a known one. */
  private readUnknownKey(): number {
    if (this.bytes[this.at++] !== QUOTE) return -1;
    const held = this.passText();
    const isPlain = held !== -1 && (held & (HAS_ESCAPES | HAS_FOREIGN)) === 0;
    return isPlain && this.bytes[this.at++] === COLON ? this.keys.length : -1;
  }

  private readValue(field: number): boolean {
    this.skipBlank();
    const { bytes, at } = this;
    const first = bytes[at]!;
    if (first !== QUOTE) return first === NULL_BYTES[0] ? this.readNull(field) : this.readNumber(field);
    this.at++;
    const marks = this.passText();
    if (marks === -1) return false;
    this.kinds[field] = TEXT;
    this.starts[field] = at + 1;
    this.ends[field] = this.at - 1;
    this.marks[field] = marks;
    return true;
  }

  /** Goes behind the end of a text. @returns what it holds, or -1 */
  private passText(): number {
    const { bytes, end } = this;
    let held = 0;
    let at = this.at;
    for (; at < end; at++) {
      const mark = MARKS[bytes[at]!]!;
      if (mark !== STOP) {
        held |= mark;
      } else if (bytes[at] === QUOTE) {
        this.at = at + 1;
        return held;
      } else {
        const escaped = bytes[at] === BACKSLASH ? bytes[++at] : undefined;
        if (escaped !== QUOTE && escaped !== SLASH && escaped !== BACKSLASH) return -1;
        held |= escaped === QUOTE ? HAS_ESCAPES | HAS_QUOTES : HAS_ESCAPES;
      }
    }
    return -1;
  }

  private readNull(field: number): boolean {
    if (!this.isAt(NULL_BYTES)) return false;
    this.at += NULL_BYTES.length;
    this.kinds[field] = NULL;
    return true;
  }

  /** Of numbers those that are also written so by JavaScript, and those that are but for zeros at their end. */
  private readNumber(field: number): boolean {
    const { bytes, at: start } = this;
    const isNegative = bytes[start] === MINUS;
    const first = isNegative ? start + 1 : start;
    let digits = 0;
    let point = -1;
    let at = first;
    for (; ; at++) {
      const byte = bytes[at]!;
      if (byte >= ZERO && byte <= NINE) digits = digits * 10 + byte - ZERO;
      else if (byte === POINT && point === -1) point = at;
      else break;
    }
    if (at === first || at - first > MAX_NUMBER_LENGTH) return false;
    const wholeDigits = (point === -1 ? at : point) - first;
    const hasLeadingZero = bytes[first] === ZERO && wholeDigits > 1;
    if (wholeDigits === 0 || hasLeadingZero || point === at - 1) return false;
    const number = point === -1 ? digits : digits / TENS[at - 1 - point]!;
    if (number < LEAST_PLAIN && (number !== 0 || isNegative)) return false;
    this.at = at;
    this.kinds[field] = NUMBER;
    this.starts[field] = start;
    this.ends[field] = at;
    this.marks[field] = point !== -1 && bytes[at - 1] === ZERO ? IS_LONG : 0;
    this.numbers[field] = isNegative ? -number : number;
    return true;
  }

  private skipBlank(): void {
    if (this.bytes[this.at] === SPACE) this.at++;
  }
}
