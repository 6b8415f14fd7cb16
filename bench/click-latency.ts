/**
 * How long after an impression was sent its prediction can be read, of the Spark scorer and of the Lambda handler, one after the other on the
 * same topic; and how many impressions a second each can take before they begin to wait longer and longer.
 *
 * `npm run bench:click-latency [-- --spark | --lambda]`
 */
import { cpus, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { columns } from '../lib/cli/table.ts';
import { sendImpressions } from './click-latency/load.ts';
import { percentile, Predictions } from './click-latency/predictions.ts';
import { startLambda, startSpark, type Scorer } from './click-latency/scorers.ts';
import { openStage, type Stage } from './click-latency/stage.ts';

const TOPIC = 'ad-impressions';
const RATE = 1_000;
const SECONDS = 30;
/** A JVM compiles what it runs often, and runs slower until then. */
const WARM_UP_SECONDS = 20;
const RAMP = [2_000, 3_000, 4_000, 6_000, 8_000, 12_000, 16_000, 24_000];
const RAMP_SECONDS = 12;
/** Impressions that wait may grow by this share of those that come, which is noise. */
const STEADY = 0.05;
/** How long after the last impression its prediction is waited for. */
const PATIENCE_MS = 60_000;

interface Figures {
  readonly scorer: string;
  readonly p50: number;
  readonly p99: number;
  readonly sustained: number;
}

const chosen = process.argv.slice(2);
const candidates: [name: string, start: (stage: Stage) => Promise<Scorer>][] = [
  ['Spark, micro-batch after micro-batch', (stage) => startSpark(stage, 'as-fast-as-possible')],
  ['Lambda handler', startLambda],
];
const wanted = candidates.filter(([name]) => chosen.length === 0 || chosen.some((flag) => name.toLowerCase().startsWith(flag.slice(2))));

console.log(
  `Node.js ${process.version}, ${cpus().length} x ${cpus()[0]?.model}; load of the machine before: ${loadavg()[0]!.toFixed(1)}\n`,
);
const figures: Figures[] = [];
for (const [name, start] of wanted) figures.push(await measured(name, start));
console.log(`\nload of the machine after: ${loadavg()[0]!.toFixed(1)}\n`);
const rows = figures.map(({ scorer, p50, p99, sustained }) => [scorer, `${p50}`, `${p99}`, sustained.toLocaleString('en-US')]);
console.log(columns([['scorer', `p50 at ${RATE}/s, ms`, `p99 at ${RATE}/s, ms`, 'sustained, impressions/s'], ...rows]).join('\n'));

async function measured(name: string, start: (stage: Stage) => Promise<Scorer>): Promise<Figures> {
  const stage = await openStage();
  const scorer = await start(stage);
  const predictions = await Predictions.of(stage.bootstrap, scorer.topic);
  try {
    await sendImpressions(stage.bootstrap, TOPIC, RATE / 2, WARM_UP_SECONDS, 'warm-');
    await received(predictions, (RATE / 2) * WARM_UP_SECONDS);
    predictions.latencies = [];
    const sent = await sendImpressions(stage.bootstrap, TOPIC, RATE, SECONDS, 'steady-');
    await received(predictions, sent);
    const [p50, p99] = [percentile(predictions.latencies, 0.5), percentile(predictions.latencies, 0.99)];
    console.log(`${name}: ${sent} impressions at ${RATE}/s: p50 ${p50} ms, p99 ${p99} ms`);
    return { scorer: name, p50, p99, sustained: await highestRate(stage, predictions, name) };
  } finally {
    await predictions.close();
    await scorer.stop();
    await stage.close();
  }
}

async function highestRate(stage: Stage, predictions: Predictions, name: string): Promise<number> {
  let sustained = RATE;
  for (const rate of RAMP) {
    predictions.latencies = [];
    const began = Date.now();
    const sending = sendImpressions(stage.bootstrap, TOPIC, rate, RAMP_SECONDS, `${rate}-`);
    const waiting = async (seconds: number) => {
      await sleep(Math.max(0, began + seconds * 1000 - Date.now()));
      return rate * seconds - predictions.latencies.length;
    };
    const middle = await waiting(RAMP_SECONDS / 2);
    const end = await waiting(RAMP_SECONDS);
    const growth = (end - middle) / (rate * (RAMP_SECONDS / 2));
    await received(predictions, await sending);
    console.log(
      `${name}: at ${rate}/s ${Math.round(growth * 100)} % of what comes is left over, p50 ${percentile(predictions.latencies, 0.5)} ms`,
    );
    if (growth > STEADY) return sustained;
    sustained = rate;
  }
  return sustained;
}

async function received(predictions: Predictions, count: number): Promise<void> {
  for (const until = Date.now() + PATIENCE_MS; predictions.latencies.length < count; await sleep(50))
    if (Date.now() > until)
      throw new Error(`predictions must be ${count}, got ${predictions.latencies.length} within ${PATIENCE_MS / 1000} s`);
}
