/** @jsxRuntime automatic @jsxImportSource preact */
import type { Dataset } from '../contracts/dataset.ts';
import { checkName } from '../contracts/derivation.ts';
import { count, counted, NONE } from './format.ts';
import { Section } from './page.tsx';
import { FactsTable } from './table.tsx';

interface CheckedTablesProps {
  /** Tables whose checks ran before they were published: a report is written only where all of them held. */
  readonly tables: readonly Dataset[];
  /** By table; none where they were not counted. */
  readonly rowCounts: Readonly<Record<string, number>>;
}

/** What the tables hold and what was made sure of before anybody could read them. */
export function CheckedTablesSection({ tables, rowCounts }: CheckedTablesProps) {
  const checks = tables.flatMap((table) => table.checks).length;
  return (
    <Section id="tables" title="Tables and their checks" lede={`All ${counted(checks, 'check')} held before the tables were published.`}>
      <FactsTable
        caption="Tables, their rows and the checks that held"
        head={['Table', 'Rows', 'Checks that held']}
        numeric={[1]}
        rows={tables.map(({ name, description, checks }) => {
          const rows = rowCounts[name];
          const table = (
            <>
              {name} <small>{description}</small>
            </>
          );
          return [table, rows === undefined ? NONE : count(rows), <span class="wide">{checks.map(checkName).join(', ')}</span>];
        })}
      />
    </Section>
  );
}
