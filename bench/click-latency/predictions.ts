import { Kafka, logLevel } from 'kafkajs';
import type { ClickPrediction } from '../../lib/contracts/click-prediction.ts';

/** Reads a topic of predictions from its end on, and keeps how long after its impression each could be read. */
export class Predictions {
  /** Milliseconds, in the order in which they came; of an impression that is predicted again, both. */
  latencies: number[] = [];

  private constructor(private readonly consumer: ReturnType<Kafka['consumer']>) {}

  static async of(bootstrap: string, topic: string): Promise<Predictions> {
    const consumer = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).consumer({ groupId: `bench-${crypto.randomUUID()}` });
    const predictions = new Predictions(consumer);
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
    await consumer.run({ eachMessage: ({ message }) => Promise.resolve(predictions.take(message.value!)) });
    await joined;
    return predictions;
  }

  close(): Promise<void> {
    return this.consumer.disconnect();
  }

  private take(value: Buffer): void {
    const { producedAt } = JSON.parse(value.toString()) as ClickPrediction;
    this.latencies.push(Date.now() - producedAt);
  }
}

/** The value that a share of values does not exceed: nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
