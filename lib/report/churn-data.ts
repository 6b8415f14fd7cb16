import { numberOrNull, textOrNull, type QueryableWarehouse, type Row } from './rows.ts';

/** What the churn report reads from the warehouse. The statements run on PostgreSQL (and PGlite) and on Redshift alike. */

/** One day of the app, by UTC dates. */
export interface DailyActivity {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly events: number;
  readonly listeners: number;
  readonly cancellations: number;
}

/** One of the up to three features that raise a listener's risk most. */
export interface Reason {
  /** Column of the user features. */
  readonly feature: string;
  readonly value: number | null;
  /** The feature's median over the listeners the model learned from. */
  readonly typical: number | null;
}

export interface ScoredListener {
  readonly userId: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly level: string | null;
  readonly location: string | null;
  /** Of leaving within the horizon, 0 to 1. */
  readonly probability: number;
  readonly atRisk: boolean;
  /** Strongest first; at most three. */
  readonly reasons: readonly Reason[];
}

/** The scores of one cut-off: all of them in figures, the most probable leavers one by one. */
export interface ChurnScores {
  /** `YYYY-MM-DD`: midnight UTC; the horizon begins here. */
  readonly cutoff: string;
  readonly horizonDays: number;
  /** From this probability on a listener counts as at risk. */
  readonly threshold: number;
  readonly modelVersion: string;
  readonly scored: number;
  readonly atRisk: number;
  /** Sum of the probabilities. */
  readonly expectedLeavers: number;
  /** Highest probability first; capped by the query, see {@link fetchChurnData}. */
  readonly listeners: readonly ScoredListener[];
}

/** A listener who is known and has no score. */
export interface KnownListener {
  readonly userId: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly level: string | null;
  readonly location: string | null;
  readonly sessions: number;
  readonly songs: number;
}

export interface ChurnWarehouseData {
  /** Oldest day first. */
  readonly activity: readonly DailyActivity[];
  /** The latest made scores, also where a run looked back to an earlier cut-off; null where nobody has been scored. */
  readonly scores: ChurnScores | null;
  /** Who was there at the latest cut-off, most active first; only where nobody has been scored. */
  readonly known?: readonly KnownListener[];
}

const ACTIVITY = `
select cast(activity_date as varchar) as activity_date, events, listeners, cancellations
  from millrace.daily_activity
 order by activity_date`;

const SCORES_SUMMARY = `
select cast(cutoff as varchar) as cutoff, max(horizon_days) as horizon_days, max(threshold) as threshold, max(model_version) as model_version,
       count(*) as scored, sum(case when at_risk then 1 else 0 end) as at_risk, sum(probability) as expected_leavers
  from millrace.churn_scores
 where cutoff = (select cutoff from millrace.churn_scores order by scored_at desc, cutoff desc limit 1)
 group by cutoff`;

const reasonColumns = [1, 2, 3].map((n) => `s.reason_${n}, s.reason_${n}_value, s.reason_${n}_typical`).join(', ');

// A score whose features row is missing is still a score: the name is blank, the listener is not lost.
const LISTENERS = `
select s.user_id, f.first_name, f.last_name, f.level, f.location, s.probability, s.at_risk, ${reasonColumns}
  from millrace.churn_scores s
  left join millrace.user_features f on f.user_id = s.user_id and f.cutoff = s.cutoff
 where s.cutoff = cast($1 as date)
 order by s.probability desc, s.user_id
 limit $2`;

const KNOWN = `
select user_id, first_name, last_name, level, location, sessions, songs
  from millrace.user_features
 where cutoff = (select max(cutoff) from millrace.user_features)
 order by songs desc, user_id
 limit $1`;

/** The rows a churn report needs. At most `listeners` people are fetched, the most probable leavers: the page must stay small. */
export async function fetchChurnData(warehouse: QueryableWarehouse, { listeners = 500 } = {}): Promise<ChurnWarehouseData> {
  const activity = (await warehouse.query(ACTIVITY)).map(toActivity);
  const [summary] = await warehouse.query(SCORES_SUMMARY);
  if (!summary) return { activity, scores: null, known: (await warehouse.query(KNOWN, [listeners])).map(toKnown) };
  const rows = await warehouse.query(LISTENERS, [summary['cutoff'], listeners]);
  return { activity, scores: { ...toSummary(summary), listeners: rows.map(toListener) } };
}

function toActivity(row: Row): DailyActivity {
  return {
    date: String(row['activity_date']),
    events: Number(row['events']),
    listeners: Number(row['listeners']),
    cancellations: Number(row['cancellations']),
  };
}

function toSummary(row: Row): Omit<ChurnScores, 'listeners'> {
  return {
    cutoff: String(row['cutoff']),
    horizonDays: Number(row['horizon_days']),
    threshold: Number(row['threshold']),
    modelVersion: String(row['model_version']),
    scored: Number(row['scored']),
    atRisk: Number(row['at_risk']),
    expectedLeavers: Number(row['expected_leavers']),
  };
}

function toKnown(row: Row): KnownListener {
  return { ...toPerson(row), sessions: Number(row['sessions']), songs: Number(row['songs']) };
}

function toPerson(row: Row) {
  return {
    userId: String(row['user_id']),
    firstName: textOrNull(row['first_name']),
    lastName: textOrNull(row['last_name']),
    level: textOrNull(row['level']),
    location: textOrNull(row['location']),
  };
}

function toListener(row: Row): ScoredListener {
  return {
    ...toPerson(row),
    probability: Number(row['probability']),
    atRisk: row['at_risk'] === true,
    reasons: [1, 2, 3].flatMap((n) => {
      const feature = textOrNull(row[`reason_${n}`]);
      return feature === null
        ? []
        : [{ feature, value: numberOrNull(row[`reason_${n}_value`]), typical: numberOrNull(row[`reason_${n}_typical`]) }];
    }),
  };
}
