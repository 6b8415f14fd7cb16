import { expect, test } from 'vitest';
import { z } from 'zod';
import { column, dataset, type ColumnType } from '../../lib/contracts/dataset.ts';
import { listeningEvent } from '../../lib/contracts/listening-event.ts';
import { streamView } from '../../lib/warehouse/stream-view.ts';

function columnSql(type: ColumnType): string {
  const one = dataset({
    name: 'things',
    description: 'Things',
    key: ['the_value'],
    columns: { theValue: column(z.unknown(), { name: 'the_value', type, description: 'Value' }) },
  });
  return streamView('v', 's', one).split('\n')[1]!.trim();
}

/** Each value is looked at before it is cast: a cast that fails would fail the whole query. */
test.each([
  [
    'string',
    `CASE WHEN JSON_TYPEOF(record."theValue") = 'string' AND JSON_SIZE(record."theValue") < 65535 THEN CAST(record."theValue" AS varchar(65535)) END AS "the_value",`,
  ],
  ['int', `CASE WHEN IS_INTEGER(record."theValue") THEN CAST(record."theValue" AS integer) END AS "the_value",`],
  ['long', `CASE WHEN IS_BIGINT(record."theValue") THEN CAST(record."theValue" AS bigint) END AS "the_value",`],
  ['double', `CASE WHEN JSON_TYPEOF(record."theValue") = 'number' THEN CAST(record."theValue" AS double precision) END AS "the_value",`],
  ['boolean', `CASE WHEN JSON_TYPEOF(record."theValue") = 'boolean' THEN CAST(record."theValue" AS boolean) END AS "the_value",`],
] as const)('a %s is null where the record has another type', (type, sql) => {
  expect(columnSql(type)).toBe(sql);
});

test('a timestamp is exact to the millisecond, and null outside the years that producers take', () => {
  expect(columnSql('timestamp')).toBe(
    [
      `CASE WHEN IS_BIGINT(record."theValue") THEN CASE WHEN CAST(record."theValue" AS bigint) BETWEEN 946684800000 AND 4102444800000 THEN`,
      `DATEADD(ms, CAST(CAST(record."theValue" AS bigint) % 1000 AS integer),`,
      `TIMESTAMP 'epoch' + CAST(record."theValue" AS bigint) / 1000 * INTERVAL '1 second') AT TIME ZONE 'UTC' END END AS "the_value",`,
    ].join(' '),
  );
  expect([Date.UTC(2000, 0, 1), Date.UTC(2100, 0, 1)]).toEqual([946684800000, 4102444800000]);
});

test('fails for a type that no record has', () => {
  expect(() => columnSql('binary')).toThrow('column the_value of a stream must be of a type that JSON has or a timestamp, got binary');
});

test('the view of listening events has the columns of its contract, and hangs on nothing', () => {
  const lines = streamView('millrace.view', 'millrace.stream', listeningEvent).split('\n');
  expect(lines[0]).toBe('CREATE OR REPLACE VIEW millrace.view AS SELECT');
  expect(lines.slice(1, -1).map((line) => /(?:AS "(\w+)"|(kafka_\w+)),?$/.exec(line)?.slice(1).find(Boolean))).toEqual([
    ...listeningEvent.fields.map(({ name }) => name),
    ...['kafka_partition', 'kafka_offset', 'kafka_timestamp'],
  ]);
  expect(lines.at(-1)).toBe('FROM millrace.stream WHERE record IS NOT NULL WITH NO SCHEMA BINDING');
});
