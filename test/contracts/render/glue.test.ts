import { expect, test } from 'vitest';
import { KAFKA_COLUMNS } from '../../../lib/contracts/kafka.ts';
import { listeningEvent } from '../../../lib/contracts/listening-event.ts';
import { glueColumns } from '../../../lib/contracts/render/glue.ts';

test('Glue has the columns of a listening event, in Hive’s words', () => {
  const columns = glueColumns(listeningEvent.fields);
  expect(columns).toHaveLength(19);
  expect(columns.find(({ name }) => name === 'registration')).toEqual({
    name: 'registration',
    type: 'timestamp',
    comment: 'When the listener signed up',
  });
  const ofType = (type: string) => columns.filter((column) => column.type === type).map((column) => column.name);
  expect(ofType('timestamp')).toEqual(['ts', 'registration']);
  expect(ofType('bigint')).toEqual(['session_id']);
  expect(ofType('int')).toEqual(['status', 'item_in_session']);
  expect(ofType('double')).toEqual(['length']);
  expect(ofType('string')).toHaveLength(13);
});

test('Glue takes a comment of 255 characters at most, and a name of lower case', () => {
  for (const { name, comment } of glueColumns([...listeningEvent.fields, ...KAFKA_COLUMNS])) {
    expect(comment.length).toBeLessThanOrEqual(255);
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
  }
});
