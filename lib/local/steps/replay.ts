import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { makeHandler, type ReplayResult } from '../../../lambdas/replay-events/handler.ts';
import type { RawRecord } from '../../../lambdas/shared/row-checker.ts';
import { openFile } from '../../../lambdas/shared/sources.ts';
import { targetOf } from '../../../lambdas/shared/targets.ts';
import { connectProducer } from '../../../lambdas/shared/kafka/producer.ts';
import type { ReplayStep, Topic } from '../../pipelines/pipeline.ts';
import { Interrupted } from '../../cli/failures.ts';
import { formatted } from '../../cli/progress.ts';
import { logFile, type OnProgress, type StepOutcome } from '../../cli/tasks.ts';
import type { RunContext } from '../context.ts';

/** How far a source has been sent, over all runs: kept beside the broker's data, by the id of its content. */
type Sent = Pick<ReplayResult, 'done' | 'next' | 'read' | 'rejected' | 'rejects'>;

/** Files that a line of the terminal names. */
const MOST_TOLD = 3;
const NOTHING: Sent = { done: false, next: 1, read: 0, rejected: 0, rejects: [] };

/**
 * Sends each file by the handler that is deployed as a Lambda. What an earlier run has sent is not sent again, and a file whose
 * sending was stopped goes on where it was.
 */
export async function runReplayStep<Parameters>(
  context: RunContext<Parameters>,
  step: ReplayStep,
  onProgress: OnProgress,
): Promise<StepOutcome> {
  const { endpoints, inputs, signal, summary, home } = context;
  const files = inputs[step.input] ?? [];
  if (files.length === 0) return { rowsIn: 0, rowsOut: 0, note: 'no file: what the topic has is read' };
  const log = createWriteStream(logFile(join(context.runFolder, 'logs'), step.name));
  const topic = context.pipeline.topics.find(({ name }) => name === step.topic);
  const past = context.live && (await context.live.past(files));
  const target = targetOf(step.contract.name);
  // Messages that are landed as they came have no ids: sent again, each would be landed again.
  const keptMs = 'checkWhole' in target ? Infinity : retentionOf(topic) / 2;
  const handler = makeHandler({
    target,
    topic: step.topic,
    rejectsTopic: step.rejectsTopic,
    connect: () => connectProducer({ brokers: endpoints.brokers.split(','), log: (line) => log.write(`${line}\n`) }),
    open: openFile,
    ...(past && { select: past.holds }),
    keepAside: (record, name) => keepAside(record, join(home.refused(), step.topic), name),
    ...(topic?.config['max.message.bytes'] !== undefined && { maxMessageBytes: Number(topic.config['max.message.bytes']) }),
  });
  const events = summary.events!; // there where the pipeline has this step
  const before = { read: events.read, produced: events.produced };
  const refused: string[] = [];
  let fitting = 0;
  await mkdir(home.replayed(), { recursive: true });
  try {
    for (const file of files) {
      const source = await openFile(file, signal);
      // Where another part of the files is live, other rows are sent.
      const id = past ? `${source.id}-${past.name}` : source.id;
      const sent = await readSent(home.replayed(), id, keptMs);
      const result = sent.done ? undefined : await replay(file, sent.next);
      const inAll = result ? together(sent, result) : sent;
      if (result) await writeSent(home.replayed(), id, inAll);
      fitting += inAll.read - inAll.rejected;
      events.alreadySent += sent.read;
      events.produced += result?.produced ?? 0;
      events.rejected += result?.rejected ?? 0;
      if (result?.rejected) refused.push(`${formatted(result.rejected)} of ${basename(file)}`);
      events.read += sent.read + (result?.read ?? 0);
      context.rejects.push(...inAll.rejects.map(({ line, reason }) => ({ source: basename(file), line, reason })));
      if (result && !result.done) throw new Interrupted();
    }
    if (fitting === 0 && !(await isAnythingLive(context))) {
      const [first] = context.rejects;
      const found = first
        ? `: all ${formatted(events.read)} were rejected, the first (line ${first.line} of ${first.source}) as ${first.reason}`
        : '';
      throw new Error(`files must hold ${step.input}, got none in ${told(files.map((file) => basename(file)))}${found}`);
    }
  } finally {
    await handler.close();
    log.end();
  }
  const notes = [
    events.rejected && `${formatted(events.rejected)} rejected${files.length > 1 ? `: ${told(refused)}` : ''}`,
    events.alreadySent && `${formatted(events.alreadySent)} sent before`,
  ];
  const note = notes.filter(Boolean).join(', ');
  return { rowsIn: events.read - before.read, rowsOut: events.produced - before.produced, ...(note ? { note } : {}) };

  function replay(location: string, start: number): Promise<ReplayResult> {
    const onRead = ({ read, bytes, totalBytes }: { read: number; bytes: number; totalBytes: number }) =>
      // Rows in all are not known before the end; bytes are, and lines are about as long as each other.
      onProgress({ rows: read, ...(bytes > 0 ? { total: Math.round((read / bytes) * totalBytes) } : {}), note: basename(location) });
    return handler.replay({ location, start }, { signal, onProgress: onRead });
  }
}

async function isAnythingLive<P>({ live }: RunContext<P>): Promise<boolean> {
  return live !== undefined && (await live.left()).count > 0;
}

/** The first few. */
function told(parts: readonly string[]): string {
  const rest = parts.length - MOST_TOLD;
  return [...parts.slice(0, MOST_TOLD), ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ');
}

function together(before: Sent, now: ReplayResult): Sent {
  const rejects = [...before.rejects, ...now.rejects];
  return { done: now.done, next: now.next, read: before.read + now.read, rejected: before.rejected + now.rejected, rejects };
}

/** Writes a record whole to a file of its own. @returns the path of the file */
async function keepAside({ bytes, whole }: RawRecord, folder: string, name: string): Promise<string> {
  const path = join(folder, `${name}.json`);
  await mkdir(folder, { recursive: true });
  await (whole === undefined ? writeFile(`${path}.new`, bytes) : copyFile(whole, `${path}.new`));
  await rename(`${path}.new`, path);
  return path;
}

/** How long the topic keeps a message, ms. */
function retentionOf(topic: Topic | undefined): number {
  const configured = Number(topic?.config['retention.ms'] ?? -1);
  return configured < 0 ? Infinity : configured;
}

async function readSent(folder: string, id: string, keptMs: number): Promise<Sent> {
  const file = join(folder, `${id}.json`);
  const about = await stat(file).catch(() => undefined);
  // Of what was sent long ago the topic may have dropped some before it was ingested: events are sent again, as their ids keep them from doubling.
  if (!about || Date.now() - about.mtimeMs > keptMs) return NOTHING;
  return JSON.parse(await readFile(file, 'utf8')) as Sent;
}

async function writeSent(folder: string, id: string, sent: Sent): Promise<void> {
  const file = join(folder, `${id}.json`);
  await writeFile(`${file}.new`, JSON.stringify(sent));
  await rename(`${file}.new`, file);
}
