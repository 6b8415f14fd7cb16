/** @jsxRuntime automatic @jsxImportSource preact */
import { count, counted, duration, instant, NONE } from './format.ts';
import { Section } from './page.tsx';
import { FactsTable } from './table.tsx';

/** What every pipeline's report says of the run that made it. */
export interface RunFacts {
  /** Event files, or what was generated. */
  readonly input: readonly string[];
  /** ISO 8601. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly steps: readonly { readonly name: string; readonly seconds: number; readonly rowsIn: number; readonly rowsOut: number }[];
  readonly warehouse: { readonly engine: string; readonly tables: Readonly<Record<string, number>> } | null;
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
