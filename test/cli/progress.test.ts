import { expect, test } from 'vitest';
import { doneLine, progressLine } from '../../lib/cli/progress.ts';

test('a step whose total is known has a bar, rows and rows a second', () => {
  const line = progressLine({ rows: 150_000, total: 300_000 }, 10);
  expect(line).toMatch(/^█{12}░{12} {2}50 %/);
  expect(line).toContain('150,000 rows, 15,000 rows/s');
});

test('a step whose total is not known has no bar', () => {
  expect(progressLine({ rows: 1_000, note: 'fold 2 of 3' }, 2)).toBe('1,000 rows, 500 rows/s  fold 2 of 3');
});

test('more rows than were estimated fill the bar and no more', () => {
  expect(progressLine({ rows: 12, total: 10 }, 1)).toMatch(/^█{24} 100 %/);
});

test('a step that is done says rows, rows a second and time', () => {
  expect(doneLine('Ingest', 3_000, 1.5)).toBe('Ingest: 3,000 rows, 2,000 rows/s, 1.5 s');
  expect(doneLine('Start Kafka', 0, 2)).toBe('Start Kafka: 2.0 s');
});
