import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { follow } from '../../../lambdas/shared/kafka/consumer.ts';
import { connectProducer } from '../../../lambdas/shared/kafka/producer.ts';
import { Interrupted } from '../../cli/failures.ts';
import { formatted, type StepProgress } from '../../cli/progress.ts';
import { logFile, type OnProgress, type StepOutcome } from '../../cli/tasks.ts';
import { sparkArguments, type LiveFeed, type SparkStep } from '../../pipelines/pipeline.ts';
import { addResult, type SparkStepResult } from '../../pipelines/step-result.ts';
import type { RunContext } from '../context.ts';
import { feed } from '../live/feed.ts';
import type { LiveInput } from '../live/input.ts';
import { Meter } from '../live/meter.ts';
import { sparkSubmit } from '../spark.ts';
import { runSparkStep } from './spark.ts';

/** How long a step may say nothing before it is ready; Spark starts in ten seconds on a quiet machine. */
const READY_MS = 180_000;
/** How long no prediction may come while some are missing. */
const SILENCE_MS = 60_000;
const POLL_MS = 200;
/** What is written down of how far the flow is, at most so often. */
const KEEP_MS = 1_000;

/** A step and what it has said of itself. */
interface Flow {
  /** What it said last. */
  said: StepProgress;
  /** It is reading: what is sent from now on is scored at once. */
  ready?: boolean;
  /** Outcomes that an earlier run left in the topic. */
  waitingOutcomes: number;
  /** It has done a batch. */
  worked?: boolean;
  /** Why it has ended, where it has. */
  ended?: { readonly error?: Error };
}

/**
 * Runs a step that goes on until it is told, feeds it as {@link LiveFeed} says, shows how it answers, and ends it. Where nothing is left to
 * send it takes what is there, as in a run on AWS.
 */
export async function runLiveStep<Parameters>(
  context: RunContext<Parameters>,
  step: SparkStep<Parameters> & { readonly live: LiveFeed },
  live: LiveInput,
  onProgress: OnProgress,
): Promise<StepOutcome> {
  const { summary } = context;
  const { sent, count, impressions } = await live.left();
  if (count === 0) {
    const outcome = await runSparkStep(context, step, onProgress);
    return {
      ...outcome,
      note: [`${formatted(sent)} live impressions were sent by an earlier run`, outcome.note].filter(Boolean).join(', '),
    };
  }
  const meter = new Meter();
  const flow: Flow = { said: { rows: 0 }, waitingOutcomes: 0 };
  const end = new AbortController();
  const log = createWriteStream(join(context.runFolder, 'logs', `${step.name}-feed.log`));
  const connection = { brokers: context.endpoints.brokers.split(','), log: (line: string) => log.write(`${line}\n`) };
  const running = start(context, step, flow, end.signal);
  let unfollow: (() => Promise<void>) | undefined;
  try {
    const failed = (error: Error) => (flow.ended ??= { error });
    unfollow = await follow(
      connection,
      step.live.predictionsTopic,
      ({ value }) => meter.predicted(JSON.parse(String(value)) as never),
      failed,
    );
    await until(context, flow, () => flow.ready === true || isWaiting(flow.said), READY_MS, `step ${step.name} must get ready`);
    if (flow.ready) {
      // What was sent before is its first batch: what comes meanwhile waits, and would tell of nothing but that.
      if (summary.events?.produced)
        await until(context, flow, () => flow.worked === true, READY_MS, `step ${step.name} must do its first batch`);
      live.flowing = true;
      const show = setInterval(() => onProgress(shown(meter, count)), POLL_MS);
      try {
        await pour();
      } finally {
        clearInterval(show);
        live.flowing = false;
        summary.live = meter.counts();
      }
    }
  } finally {
    await unfollow?.();
    end.abort();
    await running;
    log.end();
  }
  if (flow.ended?.error) throw flow.ended.error;
  const result = JSON.parse(await readFile(resultFile(context, step), 'utf8')) as SparkStepResult;
  addResult(summary, step.name, result);
  return {
    rowsIn: result.rowsIn,
    rowsOut: result.rowsOut,
    note: [noteOf(meter, result), !flow.ready && `${formatted(count)} live impressions wait for a model`].filter(Boolean).join(', '),
  };

  /** Sends all, and waits until all that was sent is answered for. */
  async function pour(): Promise<void> {
    const producer = await connectProducer(connection);
    let keptAt = 0;
    let settled = 0;
    try {
      const { rate } = live.settings;
      const stop = AbortSignal.any([live.stop.signal, context.signal]);
      const outcomes = await feed({
        producer,
        topics: step.live,
        impressions: watched(impressions),
        rate,
        stop,
        onSending: ({ id, click }) => meter.sent(id, click),
        onSettled: async (count) => {
          settled = count;
          if (performance.now() - keptAt < KEEP_MS) return;
          keptAt = performance.now();
          await live.keep(sent + settled);
        },
      });
      const all = () => meter.missing === 0 && (flow.said.outcomes ?? 0) >= flow.waitingOutcomes + outcomes;
      const what = () =>
        `a prediction of each live impression and its outcome must be taken in: ${formatted(meter.missing)} of ${formatted(meter.counts().sent)} are without`;
      await until(context, flow, all, SILENCE_MS, what);
    } finally {
      await live.keep(sent + settled);
      await producer.disconnect();
    }
  }

  /** Ends where the step has. */
  async function* watched<T>(all: AsyncIterable<T>): AsyncGenerator<T> {
    for await (const each of all) {
      if (flow.ended) return;
      yield each;
    }
  }
}

/** Starts the step; what becomes of it is in `flow`, so that nobody has to wait for it to learn that it has failed. */
function start<Parameters>(context: RunContext<Parameters>, step: SparkStep<Parameters>, flow: Flow, end: AbortSignal): Promise<void> {
  const args = step.continuous!(context.endpoints, context.parameters);
  return mkdir(join(context.runFolder, 'results'), { recursive: true })
    .then(() =>
      sparkSubmit({
        home: context.home,
        script: step.script,
        arguments: sparkArguments(args, resultFile(context, step)),
        conf: step.conf,
        log: logFile(join(context.runFolder, 'logs'), step.name),
        signal: context.signal,
        end,
        onProgress: (said) => hear(flow, said),
      }),
    )
    .then(
      () => void (flow.ended ??= {}),
      (error: Error) => void (flow.ended = { error }),
    );
}

/** Takes in what the step says. Lines may follow each other faster than they are looked at, so that what they tell is kept. */
function hear(flow: Flow, said: StepProgress): void {
  // A line that counts no outcomes, such as one that a model cannot be read, does not take back those that were counted.
  flow.said = { ...(flow.said.outcomes !== undefined && { outcomes: flow.said.outcomes }), ...said };
  flow.waitingOutcomes = said.waitingOutcomes ?? flow.waitingOutcomes;
  flow.ready ||= said.note?.startsWith('ready') === true;
  // Outcomes may come in before anything is scored: then there is no model yet in what it says.
  flow.worked ||= flow.ready && said.note?.startsWith('model ') === true && said.note !== 'model None';
}

/**
 * Waits until something holds.
 * @throws where the step ends before, or says nothing new and answers nothing for too long
 */
async function until<P>(
  { signal }: RunContext<P>,
  flow: Flow,
  holds: () => boolean,
  silenceMs: number,
  what: string | (() => string),
): Promise<void> {
  let last = '';
  let changedAt = performance.now();
  while (!holds()) {
    if (signal.aborted) throw new Interrupted();
    if (flow.ended) throw flow.ended.error ?? new Error('step must go on until it is told to end, got an end');
    const text = JSON.stringify(flow.said);
    if (text !== last) changedAt = performance.now();
    last = text;
    if (performance.now() - changedAt > silenceMs)
      throw new Error(`${typeof what === 'string' ? what : what()}, got nothing new for ${silenceMs / 1000} s`);
    await sleep(POLL_MS);
  }
}

const isWaiting = ({ note }: StepProgress) => note?.startsWith('waiting for a model') === true;

function resultFile<P>({ runFolder }: RunContext<P>, { name }: SparkStep<P>): string {
  return join(runFolder, 'results', `${name}.json`);
}

function shown(meter: Meter, count: number): StepProgress {
  const { latencyMs, logLoss } = meter.counts();
  const notes = [
    latencyMs && `latency p50 ${formatted(latencyMs.p50)} ms, p99 ${formatted(latencyMs.p99)} ms`,
    logLoss !== null && `log-loss ${logLoss.toFixed(4)}`,
  ];
  return { rows: meter.predictions, ...(Number.isFinite(count) && { total: count }), note: notes.filter(Boolean).join(', ') };
}

function noteOf(meter: Meter, { skipped, quarantined }: SparkStepResult): string {
  const { rate } = meter.counts();
  const parts = [
    meter.predictions > 0 && `${formatted(rate)} a second while it flowed`,
    meter.predictions > 0 && shown(meter, Infinity).note,
    skipped && `skipped: ${skipped}`,
    quarantined && `${formatted(quarantined)} quarantined`,
  ];
  return parts.filter(Boolean).join(', ');
}
