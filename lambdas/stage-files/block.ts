import type { Dataset } from '../../lib/contracts/dataset.ts';
import { staged } from '../../lib/contracts/staging.ts';
import type { RawRecord } from '../shared/row-checker.ts';
import { recordChecker, rejectOf } from './check-record.ts';
import { Lines } from './lines.ts';
import type { NewFile, StagedReject } from './store.ts';
import { tableText } from './table-text.ts';

/** What some records of a file come to. */
export interface StagedBlock {
  readonly rows: number;
  /** The rows as lines of JSON, and as lines of CSV. */
  readonly json: Buffer;
  readonly csv: Buffer;
  readonly rejects: readonly StagedReject[];
}

/** Makes what checks the records of one file and writes those that fit. */
export function blockMaker(contract: Dataset, about: NewFile): (records: readonly RawRecord[]) => StagedBlock {
  const { file_id, staged_at } = about;
  const check = recordChecker(contract);
  const text = tableText(staged(contract), { file_id, staged_at });
  const [json, csv] = [new Lines(), new Lines()];
  return (records) => {
    const rejects: StagedReject[] = [];
    for (const record of records) {
      const checked = check(record);
      if (checked.ok) {
        const row = text(checked.row);
        json.add(row.json);
        csv.add(row.csv);
      } else {
        rejects.push(rejectOf(about, record, checked.reason));
      }
    }
    return { rows: records.length - rejects.length, json: json.take(), csv: csv.take(), rejects };
  };
}
