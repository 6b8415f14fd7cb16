import { expect, test } from 'vitest';
import { dailyActivity } from '../../lib/contracts/daily-activity.ts';

test('a day is a date, and what happened on it is counted', () => {
  const counted = dailyActivity.fields.filter((field) => field.role !== 'key');
  const day = Object.fromEntries(counted.map((field) => [field.source, 1]));
  expect(dailyActivity.schema.safeParse({ ...day, activity_date: '2018-11-30' }).success).toBe(true);
  expect(dailyActivity.schema.safeParse({ ...day, activity_date: '30.11.2018' }).error?.issues[0]?.message).toBe(
    'must be a date such as 2018-11-30, got "30.11.2018"',
  );
  expect(dailyActivity.schema.safeParse({ ...day, activity_date: '2018-11-30', events: 1.5 }).success).toBe(false);
});
