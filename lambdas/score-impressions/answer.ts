import type { MSKRecord } from 'aws-lambda';
import { adImpression } from '../../lib/contracts/ad-impression.ts';
import type { ClickPrediction } from '../../lib/contracts/click-prediction.ts';
import type { Message } from '../shared/kafka/producer.ts';
import { rejectMessage } from '../shared/messages.ts';
import { parseObject, recordText, rowChecker, type RawRecord } from '../shared/row-checker.ts';
import { probabilityOf, type ClickModel } from './model.ts';

/** What is to be sent for a record. */
export interface Answer {
  readonly to: 'messages' | 'rejects';
  readonly message: Message;
}

const check = rowChecker(adImpression.schema);

/**
 * The prediction for a record of the topic, or the reject that says why there is none; nothing for an impression that carries its outcome,
 * which is history. Never throws on what it is given.
 */
export function answer(record: MSKRecord, model: ClickModel, now: number): Answer | undefined {
  const raw = rawRecord(record);
  const refuse = (reason: string): Answer => ({
    to: 'rejects',
    message: rejectMessage(`${record.topic}-${record.partition}`, raw, reason),
  });
  const text = recordText(raw);
  if (!text.ok) return refuse(text.reason);
  const parsed = parseObject(text.text);
  if (!parsed.ok) return refuse(parsed.reason);
  const checked = check(parsed.object);
  if (!checked.ok) return refuse(checked.reason);
  const { id, hour, click } = checked.row;
  if (click !== null) return undefined;
  const prediction: ClickPrediction = {
    id,
    hour,
    probability: probabilityOf(model, checked.row),
    modelVersion: model.version,
    producedAt: record.timestamp,
    predictedAt: now,
  };
  return { to: 'messages', message: { key: id, value: Buffer.from(JSON.stringify(prediction)) } };
}

function rawRecord({ value, offset }: MSKRecord): RawRecord {
  // A record without a value, by which Kafka deletes a key, has none here either.
  const bytes = Buffer.from(value ?? '', 'base64');
  return { line: offset, bytes, size: bytes.length };
}
