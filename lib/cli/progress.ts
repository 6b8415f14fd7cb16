/** One progress line of a step; `total` is known where a bar can be drawn. */
export interface StepProgress {
  readonly rows: number;
  readonly total?: number;
  readonly note?: string;
  /** Of a step that holds what it has said against what became of it: outcomes taken in. */
  readonly outcomes?: number;
  /** Outcomes that were there before it began; they are among those taken in. */
  readonly waitingOutcomes?: number;
}

const BAR_WIDTH = 24;
const integer = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** What stands beside a step while it runs: a bar where the total is known, rows, rows a second. */
export function progressLine({ rows, total, note }: StepProgress, seconds: number): string {
  const share = total ? Math.min(1, rows / total) : 0;
  const filled = Math.round(share * BAR_WIDTH);
  const bar = total ? `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${String(Math.round(share * 100)).padStart(3)} %` : undefined;
  const count = rows > 0 ? `${integer.format(rows)} rows, ${integer.format(rows / Math.max(seconds, 0.001))} rows/s` : undefined;
  return [bar, count, note].filter(Boolean).join('  ');
}

/** What stands beside a step when it is done. */
export function doneLine(title: string, rows: number, seconds: number): string {
  const rate = rows > 0 ? `${integer.format(rows)} rows, ${integer.format(rows / Math.max(seconds, 0.001))} rows/s, ` : '';
  return `${title}: ${rate}${seconds.toFixed(1)} s`;
}

export function formatted(count: number): string {
  return integer.format(count);
}
