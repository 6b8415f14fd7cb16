/** @jsxRuntime automatic @jsxImportSource preact */
import type { EventCounts } from './events.tsx';
import type { LandedCounts } from '../pipelines/step-result.ts';
import { count, counted, duration, instant, NONE } from './format.ts';
import type { LiveCounts } from './live-counts.ts';
import { Section } from './page.tsx';
import type { Staged } from './staged.tsx';
import { FactsTable } from './table.tsx';

/** What a pipeline's report says of the run that made it. A run's summary fits as it is. */
export interface RunFacts {
  /** Files, or what was generated. */
  readonly input: readonly string[];
  /** ISO 8601. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly steps: readonly { readonly name: string; readonly seconds: number; readonly rowsIn: number; readonly rowsOut: number }[];
  readonly warehouse: { readonly engine: string; readonly tables: Readonly<Record<string, number>> } | null;
  /** Where the events of a topic went. @default - the pipeline has no topic */
  readonly events?: EventCounts;
  /** What training gave: only `skipped` is read, the rest is in the evaluation. @default - the pipeline trains none */
  readonly model?: { readonly name: string } | { readonly skipped: string };
  /** What the stage steps did, by data set. @default - the pipeline stages no files */
  readonly staged?: Staged;
  /** How live records were answered. @default - the run fed none */
  readonly live?: LiveCounts;
  /** What was landed of a topic by offset. @default - the pipeline lands none */
  readonly landed?: LandedCounts;
  /** More that a reader needs to do it again, by name: versions, the seed. */
  readonly details?: Readonly<Record<string, string | number>>;
}

export function RunSection({ run }: { run: RunFacts }) {
  const started = `Started ${instant(run.startedAt)}; ${counted(run.steps.length, 'step')} in ${duration(run.seconds)} until this page was written.`;
  const tables = Object.entries(run.warehouse?.tables ?? {});
  return (
    <Section id="run" title="The run" lede={started}>
      {run.steps.length > 0 && (
        <FactsTable
          caption="Steps of the run"
          head={['Step', 'Rows in', 'Rows out', 'Time', 'Rows/s']}
          rows={run.steps.map(({ name, rowsIn, rowsOut, seconds }) => [
            name,
            count(rowsIn),
            count(rowsOut),
            duration(seconds),
            seconds > 0 && rowsIn > 0 ? count(rowsIn / seconds) : NONE,
          ])}
        />
      )}
      <dl class="facts">
        <Fact name="Input" values={run.input} />
        {run.warehouse && (
          <Fact name="Warehouse" values={[run.warehouse.engine, ...tables.map(([name, rows]) => `${name}: ${counted(rows, 'row')}`)]} />
        )}
        {Object.entries(run.details ?? {}).map(([name, value]) => (
          <Fact name={name} values={[String(value)]} />
        ))}
      </dl>
    </Section>
  );
}

function Fact({ name, values }: { name: string; values: readonly string[] }) {
  return (
    <div>
      <dt>{name}</dt>
      {values.map((value) => (
        <dd>{value}</dd>
      ))}
    </div>
  );
}
