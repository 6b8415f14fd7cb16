import type { Column } from './dataset.ts';

/**
 * The largest record batch that brokers take, bytes: an exam attempt is up to 5 MB. Topics take less, or the same: each says how much in
 * its pipeline. Producers refuse what is larger, and readers fetch as much at once.
 */
export const MAX_MESSAGE_BYTES = 5 * 1024 * 1024;

/** What every lake table fed from a topic keeps beside the message: where each row came from, and when. */
export const KAFKA_COLUMNS: readonly Column[] = [
  { name: 'kafka_topic', type: 'string', description: 'Topic the record was read from' },
  { name: 'kafka_partition', type: 'int', description: 'Partition the record was read from' },
  { name: 'kafka_offset', type: 'long', description: 'Offset of the record in its partition' },
  { name: 'kafka_timestamp', type: 'timestamp', description: 'When the broker took the record' },
  { name: 'ingested_at', type: 'timestamp', description: 'When the record was written to the lake' },
];

/** Columns of a quarantine table: a record that does not fit its contract, byte for byte, and why. */
export const QUARANTINE_COLUMNS: readonly Column[] = [
  { name: 'reason', type: 'string', description: 'Why the record does not fit its contract' },
  { name: 'record_key', type: 'binary', description: 'Key of the record as it came' },
  { name: 'record_value', type: 'binary', description: 'Value of the record as it came' },
  ...KAFKA_COLUMNS,
];

/**
 * What every lake table that is landed by offset keeps beside its own columns. A topic that is made anew numbers its messages from 0 again,
 * so that its id is part of where a message is.
 */
export const LANDED_COLUMNS: readonly Column[] = [
  { name: 'kafka_topic_id', type: 'string', description: 'Id that Kafka gave the topic when it was made' },
  ...KAFKA_COLUMNS,
];
