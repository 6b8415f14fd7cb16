import { expect, test } from 'vitest';
import { PIPELINES } from '../../lib/pipelines/index.ts';
import { stepsOf } from '../../lib/pipelines/pipeline.ts';
import { REPORTS, reportOf } from '../../lib/report/index.ts';

test('every pipeline that ends with a report has one, and no other name has', () => {
  const reported = PIPELINES.filter((pipeline) => stepsOf<never>(pipeline).some(({ kind }) => kind === 'report'));
  expect([...REPORTS.keys()].toSorted()).toEqual(reported.map(({ name }) => name).toSorted());
});

test('fails when a pipeline has no report, and names those that have one', () => {
  for (const name of ['nothing', 'constructor', ''])
    expect(() => reportOf(name)).toThrow(`pipeline must be one that has a report (${[...REPORTS.keys()].join(', ')}), got ${name}`);
});
