import type { Checked } from '../shared/messages.ts';
import type { RawRecord, RejectKind } from '../shared/row-checker.ts';

/** What a call reports of rejects and unknown fields has a limit: it is read by people, and a Lambda's answer has one too. */
const MAX_LISTED_REJECTS = 20;
const MAX_LISTED_FIELDS = 20;
/** A field's name comes from the input and may be as long as that likes. */
const MAX_NAME_CHARACTERS = 100;

/** Counts what became of the records of one call. */
export class Tally {
  private produced = 0;
  private rejected = 0;
  private truncated = false;
  private readonly rejects: { line: number; reason: string }[] = [];
  private readonly rejectKinds: Partial<Record<RejectKind, number>> = {};
  private readonly unknownFields = new Map<string, number>();

  get read(): number {
    return this.produced + this.rejected;
  }

  add({ line, fault }: RawRecord, checked: Checked): void {
    if (checked.ok) {
      this.produced++;
      for (const name of checked.unknownFields) this.addUnknown(name.slice(0, MAX_NAME_CHARACTERS));
      return;
    }
    this.rejected++;
    this.truncated ||= fault !== undefined;
    this.rejectKinds[checked.kind] = (this.rejectKinds[checked.kind] ?? 0) + 1;
    if (this.rejects.length < MAX_LISTED_REJECTS) this.rejects.push({ line, reason: checked.reason });
  }

  counts() {
    return { read: this.read, produced: this.produced, rejected: this.rejected };
  }

  details() {
    const { rejects, rejectKinds, truncated } = this;
    return { rejects, rejectKinds, truncated, unknownFields: Object.fromEntries(this.unknownFields) };
  }

  private addUnknown(name: string): void {
    const count = this.unknownFields.get(name);
    if (count !== undefined || this.unknownFields.size < MAX_LISTED_FIELDS) this.unknownFields.set(name, (count ?? 0) + 1);
  }
}
