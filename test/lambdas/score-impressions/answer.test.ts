import { describe, expect, test } from 'vitest';
import { answer } from '../../../lambdas/score-impressions/answer.ts';
import { readModel } from '../../../lambdas/score-impressions/model.ts';
import { clickPrediction } from '../../../lib/contracts/click-prediction.ts';
import { modelFile, record } from './impressions.ts';

const model = readModel(modelFile({ 'site_id=85f751fd': 0.5 }));
const SHOWN = Date.UTC(2014, 9, 21, 4);
const TAKEN = Date.UTC(2026, 5, 1, 12);
const NOW = TAKEN + 40;

const answered = (...given: Parameters<typeof record>) => answer(record(...given), model, NOW);
const parsed = (value: Buffer | undefined) => JSON.parse(String(value)) as unknown;

describe('a live impression is answered', () => {
  test('with a prediction that fits its contract, under the id', () => {
    const { to, message } = answered({ id: '10', hour: SHOWN, site_id: '85f751fd', C1: 1005 }, { timestamp: TAKEN })!;
    expect(to).toBe('messages');
    expect(message.key).toBe('10');
    expect(parsed(message.value)).toEqual({
      id: '10',
      hour: SHOWN,
      probability: 1 / (1 + Math.exp(0.5)),
      modelVersion: 'v1',
      producedAt: TAKEN,
      predictedAt: NOW,
    });
    expect(clickPrediction.schema.strict().safeParse(parsed(message.value)).success).toBe(true);
  });

  test('the same whether its click is null or left out, and whatever else it has', () => {
    const known = { id: '10', hour: SHOWN, site_id: '85f751fd' };
    expect(answered({ ...known, click: null, campaign: 'unheard of' })).toEqual(answered(known));
  });
});

test.each([0, 1])('an impression that carries its outcome %d is history, and not scored', (click) => {
  expect(answered({ id: '10', hour: SHOWN, click })).toBeUndefined();
});

describe('a record is refused that', () => {
  test.each([
    ['is no JSON', '{"id":', /^line must be a JSON object, got malformed JSON/],
    ['is an array', '[]', /^line must be a JSON object, got an array$/],
    ['is empty, as one that deletes a key', '', /^line must be a JSON object, got malformed JSON/],
    ['is no UTF-8', Buffer.from([0x7b, 0xff]), /^line must be UTF-8/],
    ['has no id', { hour: SHOWN }, /\bid must be/],
    ['has neither id nor hour', {}, /\bid must be.*; hour must be/],
    ['has a click that is none', { id: '1', hour: SHOWN, click: 2 }, /\bclick must be/],
    ['has text for a number', { id: '1', hour: SHOWN, C14: 'many' }, /\bC14 must be/],
  ])('%s', (_, value, reason) => {
    const { to, message } = answered(value, { topic: 'shown', partition: 3, offset: 42 })!;
    expect(to).toBe('rejects');
    expect(message.key).toBe('shown-3');
    expect(parsed(message.value)).toMatchObject({ source: 'shown-3', line: 42, reason: expect.stringMatching(reason) as string });
  });

  test('does not fit, with its text, and with its bytes where they are none', () => {
    expect(parsed(answered('nonsense')!.message.value)).toMatchObject({ raw: 'nonsense' });
    const bytes = Buffer.from([0x7b, 0xff]);
    expect(parsed(answered(bytes)!.message.value)).toMatchObject({ rawBase64: bytes.toString('base64') });
  });

  test('has no value at all', () => {
    // Kafka's deletion of a key: the type says that there is one.
    expect(answer({ ...record(''), value: null as unknown as string }, model, NOW)?.to).toBe('rejects');
  });
});
