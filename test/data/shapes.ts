import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';

interface Row {
  readonly ts: number;
  readonly page: string;
  readonly auth: string;
  readonly level: string;
  readonly userId: string | number;
  readonly sessionId: number;
  readonly length?: number | null;
}

/** What a file of events looks like, in the figures the generator is held to. Shares are of the events of known listeners unless said. */
export interface Shapes {
  readonly events: number;
  readonly users: number;
  /** Share of all rows that have no userId. */
  readonly blankShare: number;
  readonly pageShares: Readonly<Record<string, number>>;
  readonly paidShare: number;
  readonly churnShare: number;
  readonly eventsPerSession: number;
  readonly sessionsPerUser: number;
  readonly medianSessionsPerUser: number;
  /** From first to last event, mean. */
  readonly hoursPerSession: number;
  /** Seconds. */
  readonly meanSongLength: number;
  readonly weekendShare: number;
  /** Share of 14 to 18 o'clock UTC, the busiest four hours as published, and of 8 to 12, the quietest. */
  readonly busyHoursShare: number;
  readonly quietHoursShare: number;
  /** Most played artist's share of all songs. */
  readonly topArtistShare: number;
}

interface Span {
  readonly user: string;
  readonly from: number;
  to: number;
}

export async function shapesOf(path: string): Promise<Shapes> {
  const counts = { all: 0, known: 0, paid: 0, weekend: 0, busy: 0, quiet: 0, cancelled: 0, songs: 0, seconds: 0 };
  const pages = new Map<string, number>();
  const artists = new Map<string, number>();
  const sessions = new Map<string, Span>();
  for await (const row of rowsOf(path)) {
    counts.all++;
    const user = String(row.userId);
    if (user === '') continue;
    const at = new Date(row.ts);
    const hour = at.getUTCHours();
    counts.known++;
    if (row.level === 'paid') counts.paid++;
    if (row.auth === 'Cancelled') counts.cancelled++;
    if (at.getUTCDay() % 6 === 0) counts.weekend++;
    if (hour >= 14 && hour < 18) counts.busy++;
    if (hour >= 8 && hour < 12) counts.quiet++;
    count(pages, row.page);
    if (row.length != null) {
      counts.songs++;
      counts.seconds += row.length;
      count(artists, row.artist ?? '');
    }
    // A session's number is used again by other listeners in the published events.
    const key = `${user} ${row.sessionId}`;
    const span = sessions.get(key);
    if (span) span.to = row.ts;
    else sessions.set(key, { user, from: row.ts, to: row.ts });
  }
  const spans = [...sessions.values()];
  const perUser = new Map<string, number>();
  for (const { user } of spans) count(perUser, user);
  return {
    events: counts.all,
    users: perUser.size,
    blankShare: 1 - counts.known / counts.all,
    pageShares: Object.fromEntries([...pages].map(([page, views]) => [page, views / counts.known])),
    paidShare: counts.paid / counts.known,
    churnShare: counts.cancelled / perUser.size,
    eventsPerSession: counts.known / spans.length,
    sessionsPerUser: spans.length / perUser.size,
    medianSessionsPerUser: median([...perUser.values()]),
    hoursPerSession: spans.reduce((sum, { from, to }) => sum + (to - from) / 3_600_000, 0) / spans.length,
    meanSongLength: counts.seconds / counts.songs,
    weekendShare: counts.weekend / counts.known,
    busyHoursShare: counts.busy / counts.known,
    quietHoursShare: counts.quiet / counts.known,
    topArtistShare: Math.max(...artists.values()) / counts.songs,
  };
}

async function* rowsOf(path: string): AsyncGenerator<Row & { readonly artist?: string | null }> {
  const file = createReadStream(path);
  const lines = createInterface({ input: path.endsWith('.gz') ? file.pipe(createGunzip()) : file });
  for await (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as Row;
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
