import { countRows } from '../../lib/warehouse/statements.ts';
import { PIPELINES, type AnyPipeline } from '../../lib/pipelines/index.ts';
import { stepsOf } from '../../lib/pipelines/pipeline.ts';
import { addResult, type RunFindings, type SparkStepResult } from '../../lib/pipelines/step-result.ts';
import { reportOf } from '../../lib/report/index.ts';
import type { QueryableWarehouse } from '../../lib/report/rows.ts';
import type { RunFacts } from '../../lib/report/run.tsx';
import { requestSchema, type ReportRequest } from './request.ts';

export interface StoredText {
  readonly text: string;
  readonly modified: Date;
}

export interface Dependencies {
  readonly warehouse: QueryableWarehouse;
  /** Undefined where there is no such object. */
  readonly read: (uri: string) => Promise<StoredText | undefined>;
  readonly write: (uri: string, html: string) => Promise<void>;
  /** URIs without a slash at the end. */
  readonly models: string;
  /** Below it are `<pipeline>/<execution>/<step>.json`. */
  readonly results: string;
  readonly reports: string;
  /** Of the warehouse, for the reader. */
  readonly engine: string;
}

/** What a report needs to know of a pipeline. */
type Reported = Pick<AnyPipeline, 'topics' | 'steps' | 'tables'>;

export interface ReportResult {
  /** URI of the newest report of the pipeline: this one, until the next run. */
  readonly latest: string;
  /** URI of the copy that stays. */
  readonly copy: string;
}

/**
 * Makes the writing of a run's report: from what the warehouse holds, what the run's steps have said, and the models' files.
 * @throws where the request is none, or of a pipeline that has no report
 */
export function makeHandler({ warehouse, read, write, models, results, reports, engine }: Dependencies) {
  return async (event: unknown): Promise<ReportResult> => {
    const request = parsed(event);
    const report = reportOf(request.pipeline);
    const pipeline: Reported | undefined = PIPELINES.find(({ name }) => name === request.pipeline);
    if (!pipeline) throw new Error(`pipeline must be one of ${PIPELINES.map(({ name }) => name).join(', ')}, got ${request.pipeline}`);

    const { steps, findings, seconds } = await readSteps(pipeline, request);
    const { html } = await report({
      run: {
        input: [...request.replays.map(({ key }) => key), ...request.staged.map(({ dataset }) => dataset)],
        startedAt: request.startedAt,
        seconds,
        steps,
        ...(pipeline.topics.length > 0 && { events: { ...countsOf(request), ...findings.events } }),
        model: findings.model,
        staged: Object.fromEntries(request.staged.map(({ dataset, ...counts }) => [dataset, counts])),
        warehouse: { engine, tables: await countTables(pipeline.tables) },
        details: { Execution: request.execution },
      },
      rejects: request.replays.flatMap(({ key, rejects }) => rejects.map((reject) => ({ source: key, ...reject }))),
      warehouse,
      readModel: async (path) => (await read(`${models}/${path}`))?.text ?? null,
    });
    const folder = `${reports}/${request.pipeline}`;
    const copy = `${folder}/${request.startedAt.replaceAll(':', '-')}.html`;
    await write(copy, html);
    await write(`${folder}/latest.html`, html);
    return { latest: `${folder}/latest.html`, copy };
  };

  /** What the Spark steps left. A step took from when the one before was done to when its own result was there, waiting included. */
  async function readSteps(pipeline: Reported, request: ReportRequest) {
    const findings: RunFindings = {
      events: { ingested: 0, quarantined: 0, duplicates: 0 },
      model: { skipped: 'the run did not come to it' },
    };
    const steps: RunFacts['steps'][number][] = [];
    const startedAt = Date.parse(request.startedAt);
    let done = startedAt;
    // The first of the steps in a row that leave nothing here: the next one that does has their time in its own.
    let unmeasured: string | undefined;
    for (const step of stepsOf(pipeline)) {
      if (step.kind !== 'spark') {
        if (step.kind !== 'replay') unmeasured ??= step.name;
        continue;
      }
      const stored = await read(`${results}/${request.pipeline}/${request.execution}/${step.name}.json`);
      if (!stored) continue;
      const result = JSON.parse(stored.text) as SparkStepResult;
      addResult(findings, step.name, result);
      const modified = stored.modified.getTime();
      const { rowsIn, rowsOut } = result;
      const name = unmeasured === undefined ? step.name : `${unmeasured} to ${step.name}`;
      unmeasured = undefined;
      steps.push({ name, seconds: Math.max(0, modified - done) / 1000, rowsIn, rowsOut });
      done = Math.max(done, modified);
    }
    return { steps, findings, seconds: (done - startedAt) / 1000 };
  }

  async function countTables(tables: Reported['tables']): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const table of tables) {
      const [row] = await warehouse.query(countRows(table));
      counts[table.name] = Number(row?.['row_count'] ?? 0);
    }
    return counts;
  }
}

function parsed(event: unknown): ReportRequest {
  const { success, data, error } = requestSchema.safeParse(event);
  if (success) return data;
  const [issue] = error.issues;
  throw new Error(`${issue?.path.join('.') || 'event'} must be as documented, got: ${issue?.message}`);
}

function countsOf({ replays }: ReportRequest) {
  const sum = (name: 'read' | 'produced' | 'rejected') => replays.reduce((total, replay) => total + replay[name], 0);
  return { read: sum('read'), produced: sum('produced'), rejected: sum('rejected'), alreadySent: 0 };
}
