/**
 * Whether the scorer's memory stays flat over ten minutes of steady impressions: what is live in the JVM, and what Python workers hold.
 *
 * `npm run soak:clicks [-- --minutes N]`
 */
import { readdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { sendImpressions } from './click-latency/load.ts';
import { memoryOf } from './click-latency/memory.ts';
import { startSpark } from './click-latency/scorers.ts';
import { openStage } from './click-latency/stage.ts';

const RATE = 500;
const SAMPLES_A_MINUTE = 4;
/** Code is compiled and caches fill: what comes after is to stay as it is. */
const SETTLED_SHARE = 0.4;
/** With fewer, too few are left to fit a slope to. */
const LEAST_MINUTES = 5;
/** Growth of which a scorer that runs for a day would be ended by its container: a fifth of the heap in an hour. */
const MOST_MB_AN_HOUR = 300;

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
const minutes = Number(values.minutes);
if (!(minutes >= LEAST_MINUTES)) throw new Error(`--minutes must be at least ${LEAST_MINUTES}, got ${values.minutes}`);

const stage = await openStage();
const scorer = await startSpark(stage, 'as-fast-as-possible');
const [leader] = readdirSync(stage.home.running()).map(Number);
const samples: { readonly seconds: number; readonly mb: number }[] = [];
const began = Date.now();
const sampling = setInterval(() => {
  const { jvm, python, resident } = memoryOf(leader!);
  const seconds = (Date.now() - began) / 1000;
  samples.push({ seconds, mb: jvm + python });
  console.log(
    `${seconds.toFixed(0)} s: JVM ${jvm.toFixed(0)} MB live, Python ${python.toFixed(0)} MB; all resident ${resident.toFixed(0)} MB`,
  );
}, 60_000 / SAMPLES_A_MINUTE);
try {
  await sendImpressions(stage.bootstrap, 'ad-impressions', RATE, minutes * 60, 'soak-');
} finally {
  clearInterval(sampling);
  await scorer.stop();
  await stage.close();
}

const settled = least(samples.slice(Math.floor(samples.length * SETTLED_SHARE)));
const sizes = settled.map(({ mb }) => mb);
const slope = slopeOf(settled) * 3_600;
const spread = Math.max(...sizes) - Math.min(...sizes);
console.log(
  `\n${minutes} minutes at ${RATE}/s, load of the machine ${loadavg()[0]!.toFixed(1)}; from ${settled[0]!.seconds.toFixed(0)} s on:`,
);
console.log(
  `live and Python, the least of each minute: largest less smallest ${spread.toFixed(0)} MB, slope ${slope.toFixed(0)} MB an hour`,
);
if (slope > MOST_MB_AN_HOUR) {
  console.error(`slope must be at most ${MOST_MB_AN_HOUR} MB an hour, got ${slope.toFixed(0)}`);
  process.exitCode = 1;
}

/** The least of each minute: what a batch holds while it is worked on comes and goes, and is bounded by its rows. */
function least(points: typeof samples): typeof samples {
  const number = Math.floor(points.length / SAMPLES_A_MINUTE);
  return Array.from({ length: number }, (_, minute) =>
    points.slice(minute * SAMPLES_A_MINUTE, (minute + 1) * SAMPLES_A_MINUTE).reduce((one, other) => (other.mb < one.mb ? other : one)),
  );
}

/** Least squares, MB a second. */
function slopeOf(points: readonly { readonly seconds: number; readonly mb: number }[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [time, size] = [mean(points.map(({ seconds }) => seconds)), mean(points.map(({ mb }) => mb))];
  const over = points.reduce((sum, { seconds, mb }) => sum + (seconds - time) * (mb - size), 0);
  return over / points.reduce((sum, { seconds }) => sum + (seconds - time) ** 2, 0);
}
