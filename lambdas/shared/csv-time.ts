/** What {@link csvTime} takes, for whoever wrote something else. */
export const CSV_TIMES = 'YYMMDDHH, YYYY-MM-DD HH:MM:SS or YYYY-MM-DD';

const HOUR = /^(\d\d)(\d\d)(\d\d)(\d\d)$/;
const DATE_AND_TIME = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d):(\d\d)Z?)?$/;

/** Epoch milliseconds of a time as files of ad impressions write it, in UTC; a date alone is its midnight. Undefined where it is none. */
export function csvTime(text: string): number | undefined {
  const hour = HOUR.exec(text);
  const [, year, month, day, hours = '0', minutes = '0', seconds = '0'] = hour
    ? ['', `20${hour[1]}`, ...hour.slice(2)]
    : (DATE_AND_TIME.exec(text) ?? []);
  if (year === undefined) return undefined;
  const parts = [Number(year), Number(month) - 1, Number(day), Number(hours), Number(minutes), Number(seconds)] as const;
  const time = new Date(Date.UTC(...parts));
  // 30 February is otherwise 2 March.
  const real = [
    time.getUTCFullYear(),
    time.getUTCMonth(),
    time.getUTCDate(),
    time.getUTCHours(),
    time.getUTCMinutes(),
    time.getUTCSeconds(),
  ];
  return real.every((part, at) => part === parts[at]) ? time.getTime() : undefined;
}
