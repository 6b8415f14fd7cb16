const MS_PER_DAY = 86_400_000;
const TWO_DIGITS = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));
/** Days of a hundred years fit, and a log has few. */
const MAX_DAYS = 40_000;

/** `2018-11-30T` by the number of the day. */
const days = new Map<number, string>();

/** `Date.toISOString`, three times as fast for times of the same few days, as those of a log are. */
export function isoTime(ms: number): string {
  const day = Math.floor(ms / MS_PER_DAY);
  const rest = ms - day * MS_PER_DAY;
  const seconds = Math.floor(rest / 1000);
  const minutes = Math.floor(seconds / 60);
  const time = `${TWO_DIGITS[Math.floor(minutes / 60)]}:${TWO_DIGITS[minutes % 60]}:${TWO_DIGITS[seconds % 60]}`;
  return `${dayText(day)}${time}.${String(rest % 1000).padStart(3, '0')}Z`;
}

function dayText(day: number): string {
  const known = days.get(day);
  if (known !== undefined) return known;
  if (days.size >= MAX_DAYS) days.clear();
  const text = new Date(day * MS_PER_DAY).toISOString().slice(0, 11);
  days.set(day, text);
  return text;
}
