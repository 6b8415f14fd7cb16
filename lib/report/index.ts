import { STAR } from '../contracts/star/index.ts';
import { renderAssessmentsReport } from './assessments.tsx';
import { fetchAssessmentsData } from './assessments-data.ts';
import { renderChurnReport } from './churn.tsx';
import { fetchChurnData } from './churn-data.ts';
import { renderClicksReport } from './clicks.tsx';
import { fetchClicksData } from './clicks-data.ts';
import type { ClickEvaluation } from './clicks-evaluation.ts';
import type { Evaluation } from './evaluation.ts';
import type { Reject } from './events.tsx';
import type { QueryableWarehouse } from './rows.ts';
import type { RunFacts } from './run.tsx';
import { fetchSongplaysData } from './songplays-data.ts';
import { renderSongplaysReport } from './songplays.tsx';

/** What a report is made of, wherever its pipeline ran. */
export interface ReportSources {
  readonly run: RunFacts;
  /** Event lines that a producer refused. */
  readonly rejects: readonly Reject[];
  readonly warehouse: QueryableWarehouse;
  /** Text of a file below the models, such as `<version>/evaluation.json`; null where there is none. */
  readonly readModel: (path: string) => Promise<string | null>;
}

/** A pipeline's report: one HTML document, and how many rows of the warehouse it speaks of. */
export type Report = (sources: ReportSources) => Promise<{ readonly html: string; readonly rows: number }>;

const churn: Report = async ({ run, rejects, warehouse, readModel }) => {
  const data = await fetchChurnData(warehouse);
  const { scores, activity } = data;
  // The model's files may be gone while its scores are still in the warehouse.
  const text = scores && (await readModel(`${scores.modelVersion}/evaluation.json`));
  const evaluation = text ? (JSON.parse(text) as Evaluation) : null;
  return { html: renderChurnReport({ run, rejects, warehouse: data, evaluation }), rows: activity.length + (scores?.scored ?? 0) };
};

const songplays: Report = async ({ run, warehouse }) => {
  const data = await fetchSongplaysData(warehouse);
  return { html: renderSongplaysReport({ run, data, tables: STAR }), rows: data.totals?.plays ?? 0 };
};

const assessments: Report = async ({ run, rejects, warehouse }) => {
  const data = await fetchAssessmentsData(warehouse);
  return { html: renderAssessmentsReport({ run, rejects, data }), rows: data.totals?.attempts ?? 0 };
};

const clicks: Report = async ({ run, rejects, warehouse, readModel }) => {
  const data = await fetchClicksData(warehouse);
  const latest = await readModel('clicks/latest.json');
  const text = latest && (await readModel(`clicks/${(JSON.parse(latest) as { version: string }).version}/evaluation.json`));
  const evaluation = text ? (JSON.parse(text) as ClickEvaluation) : null;
  const rows = data.days.reduce((sum, { impressions }) => sum + impressions, 0);
  return { html: renderClicksReport({ run, rejects, data, evaluation }), rows };
};

/** How each pipeline's run is reported on, by the pipeline's name. */
export const REPORTS: ReadonlyMap<string, Report> = new Map([
  ['churn', churn],
  ['songplays', songplays],
  ['clicks', clicks],
  ['assessments', assessments],
]);

/** @throws where the pipeline has no report */
export function reportOf(pipeline: string): Report {
  const report = REPORTS.get(pipeline);
  if (!report) throw new Error(`pipeline must be one that has a report (${[...REPORTS.keys()].join(', ')}), got ${pipeline}`);
  return report;
}
