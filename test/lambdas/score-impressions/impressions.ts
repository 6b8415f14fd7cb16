import { crc32 } from 'node:zlib';
import type { MSKRecord } from 'aws-lambda';
import { adImpression, type AdImpression } from '../../../lib/contracts/ad-impression.ts';

/** What a source that knows next to nothing sends, with what a test is about. */
export function impression(known: Partial<AdImpression> = {}): AdImpression {
  return adImpression.schema.parse({ id: '1', hour: Date.UTC(2014, 9, 21, 4), ...known });
}

/** A model.json with the weights of some terms' texts, by text. */
export function modelFile(weights: Record<string, number>, changed: Record<string, unknown> = {}): string {
  const [texts, values] = [Object.keys(weights), Object.values(weights)];
  const buckets = 2 ** 16;
  return JSON.stringify({
    format: 1,
    version: 'v1',
    trainedUntil: '2014-10-21T23:00:00+00:00',
    buckets,
    terms: [['site_id'], ['c1'], ['hour_of_day', 'day_of_week']],
    intercept: -1,
    indexes: Buffer.from(new Uint32Array(texts.map((text) => crc32(text) % buckets)).buffer).toString('base64'),
    weights: Buffer.from(new Float64Array(values).buffer).toString('base64'),
    threshold: 0.3,
    baseRate: 0.2,
    ...changed,
  });
}

/** A record as an event source of Kafka hands it over; `value` is what the topic has, an object its JSON. */
export function record(value: object | string | Buffer, known: Partial<MSKRecord> = {}): MSKRecord {
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  return {
    topic: 'ad-impressions',
    partition: 0,
    offset: 7,
    timestamp: Date.UTC(2026, 5, 1, 12),
    timestampType: 'CREATE_TIME',
    key: Buffer.from('1').toString('base64'),
    value: bytes.toString('base64'),
    headers: [],
    ...known,
  };
}
