/** @jsxRuntime automatic @jsxImportSource preact */
import { count, counted, percent } from './format.ts';
import { Notice, Section } from './page.tsx';
import { FactsTable } from './table.tsx';

/** Where the events went: `read = produced + rejected + alreadySent`, and what ingest read `= ingested + quarantined + duplicates`. */
export interface EventCounts {
  readonly read: number;
  readonly produced: number;
  readonly rejected: number;
  /** Lines that an earlier run has sent already. */
  readonly alreadySent: number;
  readonly ingested: number;
  /** @default - told elsewhere, as it counts something else */
  readonly quarantined?: number | undefined;
  readonly duplicates: number;
}

/** A line the producer refused. */
export interface Reject {
  readonly source: string;
  readonly line: number;
  readonly reason: string;
}

const MOST_REJECTS = 20;

interface EventsProps {
  readonly events: EventCounts;
  readonly rejects: readonly Reject[];
  /** Records sent while they were scored, which become history when the next run ingests them. @default - the pipeline has none */
  readonly live?: number | undefined;
}

/** How many events came in and where they went; the same for every pipeline that begins with a topic. */
export function EventsSection({ events, rejects, live }: EventsProps) {
  const { quarantined } = events;
  const shown = inTurns(rejects).slice(0, MOST_REJECTS);
  return (
    <Section id="events" title="Where the events went" lede={[inOneSentence(events), ofLive(live)].filter(Boolean).join(' ')}>
      <ol class="flow">
        <Stage title="Read" note="lines of the input" parts={[['lines', events.read, 'good']]} />
        <Stage
          title="Produced"
          note="sent to the Kafka topic"
          parts={[
            ['produced', events.produced, 'good'],
            ['sent by an earlier run', events.alreadySent, 'neutral'],
            ['rejected', events.rejected, 'bad'],
          ]}
        />
        <Stage
          title="Ingested"
          note="rows of the lake"
          parts={[
            ['ingested', events.ingested, 'good'],
            ['duplicates', events.duplicates, 'neutral'],
            ...(quarantined === undefined ? [] : [['quarantined', quarantined, 'bad'] as const]),
          ]}
        />
      </ol>
      {imbalances(events, live !== undefined).map((sentence) => (
        <Notice>{sentence}</Notice>
      ))}
      {shown.length > 0 && (
        <details open={shown.length <= 5}>
          <summary>
            {shown.length < events.rejected
              ? `Why lines were rejected: ${count(shown.length)} of ${count(events.rejected)}, the first of each source before its others`
              : `Why ${counted(events.rejected, 'line was', 'lines were')} rejected`}
          </summary>
          <FactsTable
            caption="Rejected lines"
            head={['Line', 'Reason', 'Source']}
            numeric={[0]}
            rows={shown.map(({ source, line, reason }) => [count(line), reason, source])}
          />
        </details>
      )}
    </Section>
  );
}

/** The first of each source, then the second of each: so that none hides the others. */
function inTurns(rejects: readonly Reject[]): Reject[] {
  const seen = new Map<string, number>();
  const turns = rejects.map((reject) => {
    const turn = seen.get(reject.source) ?? 0;
    seen.set(reject.source, turn + 1);
    return { reject, turn };
  });
  return turns.sort((one, other) => one.turn - other.turn).map(({ reject }) => reject);
}

type Part = readonly [name: string, amount: number, kind: 'good' | 'neutral' | 'bad'];

function Stage({ title, note, parts }: { title: string; note: string; parts: readonly Part[] }) {
  const total = parts.reduce((sum, [, amount]) => sum + amount, 0);
  const [main, ...others] = parts;
  return (
    <li>
      <h3>{title}</h3>
      <p class="amount">{count(main?.[1] ?? 0)}</p>
      <p class="note">{note}</p>
      <span class="stack" aria-hidden="true">
        {parts.map(([, amount, kind]) => amount > 0 && <span class={kind} style={`flex-grow:${(amount / total).toFixed(4)}`} />)}
      </span>
      {others.length > 0 && (
        <ul>
          {others.map(([name, amount, kind]) => (
            <li class={amount > 0 ? kind : undefined}>
              <b>{count(amount)}</b> {name}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

function inOneSentence({ read, produced, rejected, alreadySent }: EventCounts): string {
  if (read === 0) return 'No event was read in this run.';
  if (produced === 0 && alreadySent > 0 && rejected === 0)
    return `All ${counted(read, 'line')} had been sent by an earlier run: nothing was sent twice.`;
  const refused =
    rejected === 0
      ? 'none was refused'
      : `${counted(rejected, 'line')} (${percent(rejected / read)}) had to be refused and kept with the reason`;
  return `Of ${counted(read, 'line')} read, ${count(produced)} went to Kafka; ${refused}.`;
}

function ofLive(live: number | undefined): string | undefined {
  return live ? `${counted(live, 'live record')} went beside them, without what became of it.` : undefined;
}

/** Says so where the figures do not add up, rather than leaving it to the reader's arithmetic. */
function imbalances(events: EventCounts, hasLive: boolean): string[] {
  const lost = events.read - events.produced - events.rejected - events.alreadySent;
  const arrived = events.ingested + (events.quarantined ?? 0) + events.duplicates;
  const sentences: string[] = [];
  if (lost !== 0)
    sentences.push(
      `${counted(Math.abs(lost), 'line')} ${lost > 0 ? 'read but neither sent nor rejected' : 'sent or rejected more than read'}.`,
    );
  if (arrived > events.produced)
    sentences.push(
      `${counted(arrived - events.produced, 'event')} of the topic had been left there by an earlier run${hasLive ? ': what was live then is history now' : ''}.`,
    );
  if (arrived < events.produced) sentences.push(`${counted(events.produced - arrived, 'event')} produced but not ingested in this run.`);
  return sentences;
}
