import { setTimeout as sleep } from 'node:timers/promises';
import type { Message, Producer, TopicMessages } from '../../../lambdas/shared/kafka/producer.ts';
import type { AdImpression } from '../../contracts/ad-impression.ts';
import type { LiveFeed } from '../../pipelines/pipeline.ts';

/** What becomes of an impression is known so long after it. */
export const OUTCOME_DELAY_MS = 3_000;
/** Time between two requests to the broker. */
const TICK_MS = 50;
/** Messages of a request at most. */
const MAX_MESSAGES = 1_000;

export interface FeedOptions {
  readonly producer: Producer;
  readonly topics: Pick<LiveFeed, 'topic' | 'outcomesTopic'>;
  readonly impressions: AsyncIterable<AdImpression>;
  /** Impressions a second. */
  readonly rate: number;
  /** Ends it before the impressions end. */
  readonly stop: AbortSignal;
  /** Called before an impression is sent. */
  readonly onSending: (impression: AdImpression) => void;
  /** Called with all that have been sent with their outcomes so far. */
  readonly onSettled: (sent: number) => Promise<void>;
}

/**
 * Sends impressions without their outcome at a rate, and each outcome some seconds after its impression. However it ends, the outcomes of
 * all impressions that it has sent are sent too: none is left without.
 * @returns how many outcomes were sent
 */
export async function feed(options: FeedOptions): Promise<number> {
  const { producer, topics, rate, stop, onSending, onSettled } = options;
  const impressions = options.impressions[Symbol.asyncIterator]();
  const waiting: { readonly at: number; readonly impression: AdImpression }[] = [];
  const startedAt = performance.now();
  let taken = 0;
  let settled = 0;
  let outcomes = 0;
  let ended = false;

  try {
    while (!ended || waiting.length > 0) {
      ended ||= stop.aborted;
      const live = ended ? [] : await next();
      // Once told to stop there is no time for the delay.
      await send(live, due(stop.aborted ? Infinity : performance.now() - OUTCOME_DELAY_MS));
      await sleep(TICK_MS);
    }
  } finally {
    await impressions.return?.();
  }
  return outcomes;

  async function next(): Promise<AdImpression[]> {
    const found: AdImpression[] = [];
    const allowed = Math.min(MAX_MESSAGES, Math.floor(((performance.now() - startedAt) / 1000) * rate) - taken);
    while (found.length < allowed) {
      const taking = await impressions.next();
      ended ||= taking.done === true;
      if (taking.done) break;
      found.push(taking.value);
    }
    taken += found.length;
    return found;
  }

  function due(before: number): AdImpression[] {
    const count = waiting.findIndex(({ at }) => at > before);
    return waiting.splice(0, Math.min(MAX_MESSAGES, count === -1 ? waiting.length : count)).map(({ impression }) => impression);
  }

  async function send(live: readonly AdImpression[], known: readonly AdImpression[]): Promise<void> {
    if (live.length + known.length === 0) return;
    const knownAt = Date.now();
    const labels = known.flatMap(({ id, click }) => (click === null ? [] : [message(id, { id, click, knownAt })]));
    for (const impression of live) onSending(impression);
    const batch: TopicMessages[] = [
      { topic: topics.topic, messages: live.map((each) => message(each.id, { ...each, click: null })) },
      { topic: topics.outcomesTopic, messages: labels },
    ];
    await producer.send(batch);
    waiting.push(...live.map((impression) => ({ at: performance.now(), impression })));
    outcomes += labels.length;
    settled += known.length;
    if (known.length > 0) await onSettled(settled);
  }
}

const message = (key: string, value: object): Message => ({ key, value: Buffer.from(JSON.stringify(value)) });
