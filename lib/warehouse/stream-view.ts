import type { Dataset, Field } from '../contracts/dataset.ts';
import { quoted } from '../contracts/render/ddl.ts';

/** Epoch milliseconds that a timestamp may be: the years 2000 to 2100, as producers check (lib/contracts/fields.ts). */
const INSTANTS = 'BETWEEN 946684800000 AND 4102444800000';

/**
 * A view of a contract's columns over the records of its stream, in Redshift's SQL. A value of another type than the contract says is null,
 * never an error: one bad record must not hide all others. It shows a record for each time it was sent; the lake's table holds each event once.
 */
export function streamView(view: string, stream: string, dataset: Dataset): string {
  const columns = dataset.fields.map((field) => `  ${columnOf(field)} AS ${quoted(field.name)}`);
  return [
    `CREATE OR REPLACE VIEW ${view} AS SELECT`,
    [...columns, '  kafka_partition', '  kafka_offset', '  kafka_timestamp'].join(',\n'),
    // Not bound, so that the stream can be made anew under it.
    `FROM ${stream} WHERE record IS NOT NULL WITH NO SCHEMA BINDING`,
  ].join('\n');
}

function columnOf({ source, type, name }: Field): string {
  const value = `record.${quoted(source)}`;
  const number = `CAST(${value} AS bigint)`;
  switch (type) {
    case 'string':
      return `CASE WHEN JSON_TYPEOF(${value}) = 'string' AND JSON_SIZE(${value}) < 65535 THEN CAST(${value} AS varchar(65535)) END`;
    case 'int':
      return `CASE WHEN IS_INTEGER(${value}) THEN CAST(${value} AS integer) END`;
    case 'long':
      return `CASE WHEN IS_BIGINT(${value}) THEN ${number} END`;
    case 'double':
      return `CASE WHEN JSON_TYPEOF(${value}) = 'number' THEN CAST(${value} AS double precision) END`;
    case 'boolean':
      return `CASE WHEN JSON_TYPEOF(${value}) = 'boolean' THEN CAST(${value} AS boolean) END`;
    case 'timestamp':
      return `CASE WHEN IS_BIGINT(${value}) THEN CASE WHEN ${number} ${INSTANTS} THEN ${instant(number)} END END`;
    default:
      throw new Error(`column ${name} of a stream must be of a type that JSON has or a timestamp, got ${type}`);
  }
}

/** Whole seconds by an interval, the rest by DATEADD: both exact. */
function instant(milliseconds: string): string {
  const seconds = `TIMESTAMP 'epoch' + ${milliseconds} / 1000 * INTERVAL '1 second'`;
  return `DATEADD(ms, CAST(${milliseconds} % 1000 AS integer), ${seconds}) AT TIME ZONE 'UTC'`;
}
