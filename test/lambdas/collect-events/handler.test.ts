import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { MAX_BODY_BYTES, MAX_EVENTS } from '../../../lambdas/collect-events/body.ts';
import { makeHandler, type CollectRequest } from '../../../lambdas/collect-events/handler.ts';
import { connectProducer } from '../../../lambdas/shared/kafka/producer.ts';
import { listeningEvents } from '../../../lambdas/shared/listening-events.ts';
import { recordsOf, testBroker, testTopics } from '../../support/broker.ts';
import { answerOf, EVENT, request } from './requests.ts';

const broker = await testBroker();
const event = (changes: object = {}) => ({ ...EVENT, ...changes });
const failures: unknown[] = [];
afterAll(() => expect(failures).toEqual([]));

/** A handler with topics of its own. */
async function collector() {
  const [topic, rejectsTopic] = await testTopics(broker, [3, 1]);
  const connect = () => connectProducer({ brokers: [broker.bootstrap] });
  const onFailure = (reason: unknown) => void failures.push(reason);
  const handler = makeHandler({ target: listeningEvents, topic, rejectsTopic, connect, onFailure });
  onTestFinished(() => handler.close());
  const idsSent = async () => (await recordsOf(broker, topic)).map(({ value }) => value['eventId']).sort();
  return { ...handler, idsSent, sent: () => recordsOf(broker, topic), rejected: () => recordsOf(broker, rejectsTopic) };
}

describe('a batch', () => {
  test('is accepted when Kafka has its events, under their listeners, normalised', async () => {
    const { collect, sent } = await collector();
    const response = await collect(request([event({ userId: 30 }), event({ userId: null })]));
    const { accepted, rejected, events } = answerOf(response);
    expect({ status: response.status, accepted, rejected }).toEqual({ status: 202, accepted: 2, rejected: 0 });
    const [first, second] = (await sent()).sort((a, b) => (a.key < b.key ? -1 : 1));
    expect(first).toMatchObject({ key: '30', value: { ...EVENT, userId: '30', song: null } });
    expect(second).toMatchObject({ key: 'session:29', value: { userId: null } });
    expect(events).toEqual([
      { index: 0, status: 'accepted', eventId: first?.value['eventId'] },
      { index: 1, status: 'accepted', eventId: second?.value['eventId'] },
    ]);
  });

  test('sent again has the same ids, whether plain, in an object or packed', async () => {
    const { collect, idsSent } = await collector();
    const body = JSON.stringify([event(), event({ page: 'Home' })]);
    await collect(request(body));
    await collect(request(body));
    await collect(request(gzipSync(body), { headers: { 'content-type': 'application/gzip' } }));
    await collect(request(gzipSync(body), { headers: { 'content-type': 'application/json; charset=utf-8', 'content-encoding': 'gzip' } }));
    const ids = await idsSent();
    expect(ids).toHaveLength(8);
    expect(new Set(ids).size).toBe(2);
    expect(ids[0]).toMatch(/^[0-9a-f]{16}:1$/);
    await collect(request({ events: [event()] }));
    expect(new Set(await idsSent()).size).toBe(3);
  });

  test('may name its events: the names are kept, wherever the event is sent again', async () => {
    const { collect, idsSent } = await collector();
    const [one, other] = ['5E9B3F0A-6A1B-4C3D-8E2F-0123456789AB', 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee'];
    await collect(request([event({ eventId: one }), event({ eventId: other })]));
    await collect(request({ events: [event({ eventId: other }), event()] }));
    const ids = await idsSent();
    expect(ids.filter((id) => id === other)).toHaveLength(2);
    expect(ids.filter((id) => id === one.toLowerCase())).toHaveLength(1);
  });

  test('with bad events is accepted in part; each bad one is told why, and kept with the reason', async () => {
    const { collect, idsSent, rejected } = await collector();
    const id = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';
    const bad: [unknown, string][] = [
      [event({ ts: 'soon' }), 'ts must be epoch milliseconds, got "soon"'],
      [7, 'event must be an object, got a number'],
      [null, 'event must be an object, got null'],
      [[event()], 'event must be an object, got an array'],
      [event({ eventId: 'mine' }), 'eventId must be a UUID, got "mine"'],
      [event({ eventId: 7 }), 'eventId must be a UUID, got 7'],
      [event({ eventId: id }), `eventId must be another for each event of a batch, got ${id} again`],
    ];
    const response = await collect(request([event({ eventId: id }), ...bad.map(([each]) => each), event()]));
    expect(response.status).toBe(202);
    const { accepted, events } = answerOf(response);
    expect(accepted).toBe(2);
    expect(events.slice(1, -1)).toEqual(bad.map(([, reason], n) => ({ index: n + 1, status: 'rejected', reason })));
    expect(await idsSent()).toHaveLength(2);
    const batch = (events.at(-1) as { eventId: string }).eventId.split(':')[0];
    expect((await rejected()).map(({ value }) => value)).toEqual(
      bad.map(([each, reason], n) => ({ source: batch, line: n + 2, reason, raw: JSON.stringify(each) })),
    );
  });

  test('of bad events only is answered 400, event by event, and they are kept', async () => {
    const { collect, rejected } = await collector();
    const response = await collect(request([{}, { page: 'Home' }]));
    expect(response.status).toBe(400);
    expect(answerOf(response)).toMatchObject({ accepted: 0, rejected: 2, events: [{ status: 'rejected' }, { status: 'rejected' }] });
    expect(await rejected()).toHaveLength(2);
  });

  test('of the most events there may be, larger than one request to Kafka, arrives whole', async () => {
    const { collect, idsSent } = await collector();
    const events = Array.from({ length: MAX_EVENTS }, (_, n) => event({ userId: n % 2, song: 'x'.repeat(850) }));
    expect(answerOf(await collect(request(events))).accepted).toBe(MAX_EVENTS);
    expect(await idsSent()).toHaveLength(MAX_EVENTS);
  });

  test('is not lost in others that come at the same time', async () => {
    const { collect, idsSent } = await collector();
    const responses = await Promise.all(Array.from({ length: 40 }, (_, n) => collect(request([event({ itemInSession: n })]))));
    expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 40 }, () => 202));
    expect(new Set(await idsSent()).size).toBe(40);
  });
});

describe('a request is refused', () => {
  const json = { 'content-type': 'application/json' };
  const gzip = { 'content-type': 'application/gzip' };
  const CASES: [name: string, status: number, error: RegExp, body: unknown, changes?: Partial<CollectRequest>][] = [
    ['of another path', 404, /^path must be \/v1\/listening-events, got \/v1$/, [EVENT], { path: '/v1' }],
    ['of another method', 405, /^method must be POST, got GET$/, '', { method: 'GET' }],
    [
      'of another type',
      415,
      /^content-type must be application\/json or application\/gzip, got text\/plain$/,
      [EVENT],
      { headers: { 'content-type': 'text/plain' } },
    ],
    ['of no type', 415, /got nothing$/, [EVENT], { headers: {} }],
    [
      'in another encoding',
      415,
      /^content-encoding must be gzip or none, got br$/,
      [EVENT],
      { headers: { ...json, 'content-encoding': 'br' } },
    ],
    ['that is no JSON', 400, /^body must be JSON in UTF-8, got /, '[{'],
    ['that is no UTF-8', 400, /^body must be JSON in UTF-8, got /, Buffer.from('["\xff"]', 'latin1')],
    ['that is empty', 400, /^body must be JSON in UTF-8, got /, ''],
    ['that is no batch', 400, /^body must be an array of events or \{"events": \[…\]\}, got something else$/, { event: EVENT }],
    ['without events', 400, /^events must be at least one, got none$/, []],
    ['that says it is packed and is not', 400, /^body must be gzip data, .* got incorrect header check$/, [EVENT], { headers: gzip }],
    ['with too many events', 413, /^events must be at most 1000 in a batch, got 1001$/, Array.from({ length: MAX_EVENTS + 1 }, () => ({}))],
    ['with too many bytes', 413, /^body must be at most 1048576 bytes, got 1048577$/, ' '.repeat(MAX_BODY_BYTES + 1)],
    [
      'that unpacks to too many bytes',
      413,
      /^body must be at most 1048576 bytes, got more when unpacked$/,
      gzipSync(' '.repeat(MAX_BODY_BYTES + 1)),
      { headers: gzip },
    ],
    ['that is nested without end', 400, /^body must be /, '['.repeat(500_000)],
  ];

  test.each(CASES)('%s', async (_, status, error, body, changes) => {
    const { collect } = makeHandler({
      target: listeningEvents,
      topic: '',
      rejectsTopic: '',
      connect: () => Promise.reject(new Error('nothing must be sent')),
      onFailure: (reason) => void failures.push(reason),
    });
    const response = await collect(request(body, changes));
    expect(response).toMatchObject({ status, body: { error: expect.stringMatching(error) as string } });
  });

  test('with what is allowed instead, where the method is wrong', async () => {
    const { collect } = await collector();
    expect(await collect(request('', { method: 'OPTIONS' }))).toMatchObject({ headers: { allow: 'POST' } });
  });
});

test('events nested deeper than can be checked are rejected, not the batch', async () => {
  const { collect } = await collector();
  const deep = `[{"ts": ${'['.repeat(20_000)}${']'.repeat(20_000)}}, ${JSON.stringify(EVENT)}]`;
  const response = await collect(request(deep));
  expect(response.status).toBe(202);
  expect(answerOf(response)).toMatchObject({ accepted: 1, rejected: 1 });
});
