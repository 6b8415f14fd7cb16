import type { Dataset } from '../../lib/contracts/dataset.ts';
import { staged } from '../../lib/contracts/staging.ts';
import type { RawRecord } from '../shared/row-checker.ts';
import { recordChecker, rejectOf } from './check-record.ts';
import { flatRows } from './flat/rows.ts';
import { Lines } from './lines.ts';
import type { NewFile, StagedReject } from './store.ts';
import { tableText, type TextForm } from './table-text.ts';

/** What some records of a file come to. */
export interface StagedBlock {
  readonly rows: number;
  /** The rows, a line each. */
  readonly text: Buffer;
  readonly rejects: readonly StagedReject[];
}

/** Makes what checks the records of one file and writes those that fit. */
export function blockMaker(contract: Dataset, about: NewFile, form: TextForm): (records: readonly RawRecord[]) => StagedBlock {
  const { file_id, staged_at } = about;
  const check = recordChecker(contract);
  const textOf = tableText(staged(contract), form, { file_id, staged_at });
  const lines = new Lines();
  const writeFlat = form === 'csv' ? flatRows(contract, about, lines) : () => false;
  return (records) => {
    const rejects: StagedReject[] = [];
    for (const record of records) {
      if (writeFlat(record)) continue;
      const checked = check(record);
      if (checked.ok) lines.add(textOf(checked.row));
      else rejects.push(rejectOf(about, record, checked.reason));
    }
    return { rows: records.length - rejects.length, text: lines.take(), rejects };
  };
}
