import { describe, expect, test } from 'vitest';
import { probabilityOf, readModel } from '../../../lambdas/score-impressions/model.ts';
import { impression, modelFile } from './impressions.ts';

const sigmoid = (margin: number) => 1 / (1 + Math.exp(-margin));

// That Spark says the same of 10,000 real impressions: test/spark-steps/millrace/test_click_model.py.
describe('a probability', () => {
  test('is that of the intercept and the weights of the terms', () => {
    const model = readModel(modelFile({ 'site_id=Ü': 0.5, 'c1=-7': 0.25, 'hour_of_day=23\u001fday_of_week=0': 2 }));
    const sunday = Date.UTC(2014, 9, 26, 23);
    expect(probabilityOf(model, impression({ site_id: 'Ü', C1: -7, hour: sunday }))).toBe(sigmoid(1.75));
    expect(probabilityOf(model, impression({ site_id: 'Ü', C1: -7, hour: sunday + 3_600_000 }))).toBe(sigmoid(-0.25));
  });

  test('of what is missing is that of an empty text', () => {
    const model = readModel(modelFile({ 'site_id=': 3, 'c1=': 4, 'c1=0': 100 }));
    expect(probabilityOf(model, impression())).toBe(sigmoid(6));
  });

  test('of terms that the model does not know is that of the intercept', () => {
    expect(probabilityOf(readModel(modelFile({})), impression({ site_id: 'new', C1: 5 }))).toBe(sigmoid(-1));
  });

  test('is 0 where the margin is beyond what a double holds', () => {
    expect(probabilityOf(readModel(modelFile({}, { intercept: -800 })), impression())).toBe(0);
  });
});

describe('fails when a model', () => {
  test.each([
    ['is no JSON', 'nonsense', 'JSON'],
    ['is of another format', modelFile({}, { format: 2 }), 'format 1, got'],
    ['has no power of two of buckets', modelFile({}, { buckets: 100 }), 'must be a power of two'],
    ['has a term of what is not known before a click', modelFile({}, { terms: [['click']] }), 'got click'],
    ['has not as many weights as indexes', modelFile({ a: 1 }, { weights: '' }), 'weights must be 1, as many as indexes, got 0'],
    ['has a bucket too many', modelFile({ a: 1 }, { buckets: 1 }), 'indexes must be below 1, got'],
    ['has a weight that is no number', modelFile({ a: NaN }), 'weights must be finite numbers, got NaN'],
  ])('%s', (_, text, message) => expect(() => readModel(text)).toThrow(message));
});
