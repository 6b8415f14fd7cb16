import { createHash } from 'node:crypto';
import { examMessages } from '../../lib/contracts/exam/messages.ts';
import { MAX_MESSAGE_BYTES } from '../../lib/contracts/kafka.ts';
import { messageSchema } from '../../lib/contracts/nested.ts';
import type { RawTarget } from './messages.ts';
import { wholeRecords } from './records.ts';
import { reasonOf, refused, type Parsed } from './row-checker.ts';

/** Digits of a SHA-256 in a key. */
const KEY_DIGITS = 32;

const attempt = messageSchema(examMessages.message!);

/**
 * Exam attempts as the bytes they came, each message an attempt or an array of them, under the attempt's id so that deliveries of it keep
 * their order. An array goes whole where one of its attempts fits: landing quarantines those that do not.
 */
export const examAttempts: RawTarget = {
  contract: examMessages,
  format: { records: wholeRecords(MAX_MESSAGE_BYTES), parse: parseObjectOrArray },
  checkWhole(object, bytes) {
    const reasons: string[] = [];
    for (const each of Array.isArray(object) ? (object as unknown[]) : [object]) {
      const { success, error } = attempt.safeParse(each);
      if (success) return { ok: true, key: idOf(object) ?? createHash('sha256').update(bytes).digest('hex').slice(0, KEY_DIGITS) };
      reasons.push(reasonOf(error));
    }
    const first = reasons[0] ?? 'got an empty array';
    return refused('contract', Array.isArray(object) ? `array must hold an attempt that fits: ${first}` : first);
  },
};

function idOf(object: object): string | undefined {
  const { user_exam_id: attemptId, keen_id: eventId } = object as Record<string, unknown>;
  return [attemptId, eventId].find((id): id is string => typeof id === 'string' && id.trim() !== '');
}

function parseObjectOrArray(text: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refused('malformed JSON', `message must be a JSON object or an array of them, got malformed JSON: ${(error as Error).message}`);
  }
  if (typeof value === 'object' && value !== null) return { ok: true, object: value };
  return refused(
    'malformed JSON',
    `message must be a JSON object or an array of them, got ${value === null ? 'null' : `a ${typeof value}`}`,
  );
}
