import { numberOrNull, textOrNull, type QueryableWarehouse, type Row } from './rows.ts';

/** What the clicks report reads from the warehouse. The statements run on PostgreSQL (and PGlite) and on Redshift alike. */

/** A day (UTC) on which ads were shown. */
export interface ClickDay {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly impressions: number;
  /** Those whose outcome is known. */
  readonly labelled: number;
  readonly clicks: number;
  readonly predictions: number;
}

/** How good the predictions of a window of time were; null where it cannot be told. */
export interface QualityWindow {
  /** ISO 8601. */
  readonly start: string;
  readonly modelVersion: string;
  readonly predictions: number;
  readonly labelled: number;
  readonly clicks: number;
  readonly logLoss: number | null;
  readonly normalisedEntropy: number | null;
  readonly calibration: number | null;
}

export interface ClicksData {
  /** The latest {@link MOST_DAYS} at most, the earliest first. */
  readonly days: readonly ClickDay[];
  /** The latest {@link MOST_WINDOWS} at most, the latest first. */
  readonly windows: readonly QualityWindow[];
}

export const MOST_DAYS = 60;
export const MOST_WINDOWS = 50;

const DAYS = `
select to_char(hour, 'YYYY-MM-DD') as day, sum(impressions) as impressions, sum(labelled) as labelled, sum(clicks) as clicks,
       sum(predictions) as predictions
  from millrace.click_hours
 group by 1
 order by 1 desc
 limit ${MOST_DAYS}`;

const WINDOWS = `
select floor(extract(epoch from window_start)) as second, model_version, predictions, labelled, clicks, log_loss, normalised_entropy, calibration
  from millrace.click_quality
 order by window_start desc, model_version
 limit ${MOST_WINDOWS}`;

export async function fetchClicksData(warehouse: QueryableWarehouse): Promise<ClicksData> {
  const days = await warehouse.query(DAYS);
  const windows = await warehouse.query(WINDOWS);
  return { days: days.map(dayOf).reverse(), windows: windows.map(windowOf) };
}

const number = (value: unknown) => numberOrNull(value) ?? 0;

function dayOf({ day, impressions, labelled, clicks, predictions }: Row): ClickDay {
  return {
    date: String(day),
    impressions: number(impressions),
    labelled: number(labelled),
    clicks: number(clicks),
    predictions: number(predictions),
  };
}

function windowOf(row: Row): QualityWindow {
  return {
    start: new Date(number(row['second']) * 1000).toISOString(),
    modelVersion: textOrNull(row['model_version']) ?? '',
    predictions: number(row['predictions']),
    labelled: number(row['labelled']),
    clicks: number(row['clicks']),
    logLoss: numberOrNull(row['log_loss']),
    normalisedEntropy: numberOrNull(row['normalised_entropy']),
    calibration: numberOrNull(row['calibration']),
  };
}
