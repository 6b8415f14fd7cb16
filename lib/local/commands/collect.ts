import { once } from 'node:events';
import { join } from 'node:path';
import { makeHandler, type CollectResponse } from '../../../lambdas/collect-events/handler.ts';
import { connectProducer } from '../../../lambdas/shared/kafka/producer.ts';
import { listeningEvents } from '../../../lambdas/shared/listening-events.ts';
import { churn } from '../../pipelines/churn.ts';
import { replayStepOf } from '../../pipelines/pipeline.ts';
import { formatted } from '../../cli/progress.ts';
import { ensureTopics, startBroker } from '../broker.ts';
import { startCollectServer } from '../collect-server.ts';
import { CHECKOUT, type Home } from '../home.ts';
import { endLeftOvers } from '../leftovers.ts';
import { takeLock } from '../lock.ts';
import { Resources } from '../resources.ts';

export interface CollectOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host: string;
}

/** Tries as often as on AWS: somebody waits for the answer. */
const RETRIES = 4;
const EXAMPLE = [{ ts: 1_795_233_600_000, userId: '30', sessionId: 29, page: 'NextSong', artist: 'Nina Simone', song: 'Sinnerman' }];

/**
 * Takes events over HTTP into the local broker, by the handler that is deployed as a Lambda, until told to stop. What it took is on the
 * topic; the next run takes it into the lake.
 * @throws UsageError while a run is under way, and where the port cannot be had
 */
export async function collectEvents(home: Home, { port, host }: CollectOptions, signal: AbortSignal): Promise<void> {
  const resources = new Resources();
  resources.add('lock', await takeLock(home.lock()));
  const counter = new Counter();
  try {
    await endLeftOvers(home);
    const broker = await startBroker({ dataDir: home.root, jars: join(CHECKOUT, '.jars/kafka'), signal });
    resources.add('Kafka', () => broker.stop());
    await ensureTopics(broker.bootstrap, churn.topics);
    const { topic, rejectsTopic } = replayStepOf(churn);
    const handler = makeHandler({
      target: listeningEvents,
      topic,
      rejectsTopic,
      connect: () => connectProducer({ brokers: [broker.bootstrap], retries: RETRIES }),
      onFailure: (reason) => console.error(`\nevents could not be brought to Kafka: ${String(reason)}`),
    });
    resources.add('connection', () => handler.close());
    const server = await startCollectServer({ collect: handler.collect, host, port, onAnswer: (response) => counter.count(response) });
    resources.add('server', () => server.stop());
    console.log(`Collecting at ${server.url}   (Ctrl-C ends it)\n\n  ${curl(server.url)}\n`);
    if (!signal.aborted) await once(signal, 'abort');
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await resources.close();
  }
  console.log(`\n${counter.text()}: on the topic, for the next \`millrace run churn\``);
}

function curl(url: string): string {
  return `curl -sS ${url} -H 'content-type: application/json' -d '${JSON.stringify(EXAMPLE)}'`;
}

/** Shows what came in: in place in a terminal, and else a line now and then. */
class Counter {
  private accepted = 0;
  private rejected = 0;
  private refused = 0;
  private shownAt = 0;

  count({ body }: CollectResponse): void {
    if ('error' in body) this.refused++;
    else {
      this.accepted += body.accepted;
      this.rejected += body.rejected;
    }
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${this.text()}`);
    else if (performance.now() - this.shownAt > 1_000) {
      this.shownAt = performance.now();
      console.log(this.text());
    }
  }

  text(): string {
    const { accepted, rejected, refused } = this;
    const requests = refused > 0 ? `, ${formatted(refused)} requests refused` : '';
    return `${formatted(accepted)} events accepted, ${formatted(rejected)} rejected${requests}`;
  }
}
