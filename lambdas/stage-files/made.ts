import { listeningEvent } from '../../lib/contracts/listening-event.ts';
import { EVENT_ID, eventId } from './event-id.ts';
import { eventIdField, type FieldWriter } from './flat/fields.ts';
import type { FlatRecord } from './flat/record.ts';
import type { Lines } from './lines.ts';

/** A column that no source gives, as it is made of the row's others. */
interface Made {
  readonly field: string;
  readonly of: (row: Readonly<Record<string, unknown>>) => unknown;
  /** The same of a record that is not parsed. */
  readonly ofFlat: (record: FlatRecord, lines: Lines) => FieldWriter;
}

/** By the names of their data sets. */
export const MADE: Readonly<Record<string, Made>> = {
  [listeningEvent.name]: { field: EVENT_ID, of: eventId, ofFlat: eventIdField },
};
