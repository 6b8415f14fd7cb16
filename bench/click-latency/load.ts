import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';

/** Impressions are sent so often, those of a tick as one request. */
const TICK_MS = 10;
const HOUR = Date.UTC(2014, 9, 21, 4);

/**
 * Sends live impressions at a steady rate. Each bears the time at which it was due, so that one sent late, because broker or sender was
 * busy, is as late as it is (no coordinated omission).
 *
 * @param rate impressions a second
 * @returns how many were sent
 */
export async function sendImpressions(bootstrap: string, topic: string, rate: number, seconds: number, prefix: string): Promise<number> {
  const producer = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR }).producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const began = Date.now();
  const total = Math.round(rate * seconds);
  const sending: Promise<unknown>[] = [];
  let sent = 0;
  while (sent < total) {
    const due = Math.min(total, Math.floor(((Date.now() - began) / 1000) * rate));
    const messages = Array.from({ length: due - sent }, (_, at) => {
      const number = sent + at;
      const timestamp = String(Math.floor(began + (number / rate) * 1000));
      return { key: `${prefix}${number}`, value: JSON.stringify(impression(`${prefix}${number}`, number)), timestamp };
    });
    sent = due;
    if (messages.length > 0) sending.push(producer.send({ topic, acks: -1, messages }));
    await sleep(TICK_MS);
  }
  await Promise.all(sending);
  await producer.disconnect();
  return total;
}

/** As many different values as real ones have: few sites and categories, many devices and addresses. */
function impression(id: string, number: number) {
  const one = (of: number, salt: number) => (Math.imul(number + salt, 2_654_435_761) >>> 0) % of;
  const text = (of: number, salt: number) => one(of, salt).toString(16).padStart(8, '0');
  return {
    id,
    click: null,
    hour: HOUR,
    C1: 1000 + one(12, 1),
    banner_pos: one(3, 2),
    site_id: text(2_000, 3),
    site_domain: text(3_000, 4),
    site_category: text(20, 5),
    app_id: text(3_000, 6),
    app_domain: text(200, 7),
    app_category: text(30, 8),
    device_id: text(100_000, 9),
    device_ip: text(1_000_000, 10),
    device_model: text(6_000, 11),
    device_type: one(4, 12),
    device_conn_type: one(4, 13),
    C14: one(2_500, 14),
    C15: 320,
    C16: 50,
    C17: one(430, 15),
    C18: one(4, 16),
    C19: one(66, 17),
    C20: one(170, 18),
    C21: one(60, 19),
  };
}
