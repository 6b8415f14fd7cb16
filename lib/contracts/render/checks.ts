import { checkName, type Check } from '../derivation.ts';
import type { Dataset } from '../dataset.ts';
import { staged } from '../staging.ts';
import { derivationOf, keysOf, of, valueOf, wanted } from './derivation.ts';
import { SPARK, SQL, type Dialect } from './dialect.ts';

type Kind<Name extends Check['kind']> = Extract<Check, { kind: Name }>;

export interface CheckOptions {
  /** `sql` is what PostgreSQL and Redshift have in common. */
  readonly engine: 'sql' | 'spark';
  /** What a table, or the staged rows of its source, is called in the query. @default - its quoted name */
  readonly relation?: (name: string) => string;
  /** What {@link miscounted} is called where it is there to be asked. Both checks that go by it then cost one. @default - it is asked where needed */
  readonly miscounted?: string;
}

/**
 * The checks of a table, a query each: without a row where the check holds, else with the row `check_name`, `table_name`, `failures`, `sample`
 * (`FailedCheck` of lib/pipelines). To be joined by UNION ALL.
 */
export function renderChecks(dataset: Dataset, options: CheckOptions): string[] {
  const renderer = new Renderer(dataset, options);
  return dataset.checks.map((check) => failedCheck(dataset, check, renderer.violations(check), renderer.dialect));
}

/** Keys that a table has another number of times than it should (once where its source has them): a query of them and `found_rows`. */
export function miscounted(dataset: Dataset, options: CheckOptions): string {
  return new Renderer(dataset, options).counts();
}

/** Whether a check goes by {@link miscounted}. */
export function goesByCounts(dataset: Dataset, check: Check): boolean {
  return check.kind === 'row count' || (check.kind === 'unique' && isKey(dataset, check.columns));
}

function isKey({ key }: Dataset, columns: readonly string[]): boolean {
  return columns.join() === key.join();
}

/** Names what is wrong: how much it is, and three of them. */
function failedCheck({ name }: Dataset, check: Check, violations: string, { literal, text }: Dialect): string {
  const sample = (place: number) => `MAX(CASE WHEN place = ${place} THEN sample END)`;
  return [
    `SELECT CAST(${literal(checkName(check))} AS ${text}) AS check_name, CAST(${literal(name)} AS ${text}) AS table_name, COUNT(*) AS failures,`,
    `  ${sample(1)} || COALESCE(', ' || ${sample(2)}, '') || COALESCE(', ' || ${sample(3)}, '') AS sample`,
    `FROM (SELECT sample, ROW_NUMBER() OVER (ORDER BY sample) AS place FROM (${violations}) AS violations) AS numbered`,
    `HAVING COUNT(*) > 0`,
  ].join('\n');
}

/** Queries of what a table's checks do not hold of: a row each, a text that names it. */
class Renderer {
  readonly dialect: Dialect;
  private readonly relation: (name: string) => string;
  private readonly miscounted: string | undefined;

  constructor(
    private readonly dataset: Dataset,
    { engine, relation, miscounted }: CheckOptions,
  ) {
    this.dialect = engine === 'sql' ? SQL : SPARK;
    this.relation = relation ?? this.dialect.quoted;
    this.miscounted = miscounted;
  }

  violations(check: Check): string {
    switch (check.kind) {
      case 'not null':
        return this.notNull(check);
      case 'unique':
        return this.unique(check);
      case 'references':
        return this.references(check);
      case 'row count':
        return this.rowCount();
      case 'fresh':
        return this.fresh(check);
    }
  }

  private notNull({ column }: Kind<'not null'>): string {
    return `SELECT ${this.shown(this.keys())} AS sample FROM ${this.checked()} WHERE ${this.of(column)} IS NULL`;
  }

  private unique({ columns }: Kind<'unique'>): string {
    if (this.miscounted !== undefined && isKey(this.dataset, columns)) {
      return `SELECT ${this.shown(this.countedKeys())} AS sample FROM ${this.miscounted} AS counted WHERE counted.found_rows > 1`;
    }
    const values = columns.map((column) => this.of(column));
    return `SELECT ${this.shown(values)} AS sample FROM ${this.checked()} GROUP BY ${values.join(', ')} HAVING COUNT(*) > 1`;
  }

  private references({ column, table, to }: Kind<'references'>): string {
    const value = this.of(column);
    const target = of('target', to, this.dialect);
    const sample = `${this.shown(this.keys())} || ' (' || ${this.shown([value])} || ')'`;
    return (
      `SELECT ${sample} AS sample FROM ${this.checked()} LEFT JOIN ${this.relation(table)} AS target ON ${target} = ${value} ` +
      `WHERE ${value} IS NOT NULL AND ${target} IS NULL`
    );
  }

  private rowCount(): string {
    return `SELECT ${this.shown(this.countedKeys())} AS sample FROM ${this.miscounted ?? `(${this.counts()})`} AS counted`;
  }

  /** Keys that the source has and the table has not, the other way round, or that the table has several times. */
  counts(): string {
    const { dialect, dataset } = this;
    const sourceKeys = keysOf(dataset).map((field) => `${valueOf(field, 'source', dialect)} AS ${dialect.quoted(field.name)}`);
    const counted = this.countedKeys();
    // Counting is the cheapest that a group can do. A row of the table counts in `found`, one of the source does not.
    return (
      `SELECT ${counted.join(', ')}, COUNT(counted.found) AS found_rows FROM (` +
      `SELECT ${sourceKeys.join(', ')}, CAST(NULL AS integer) AS found FROM ${this.source()} WHERE ${wanted(dataset, 'source', dialect)} ` +
      `UNION ALL SELECT ${this.keys().join(', ')}, 1 AS found FROM ${this.checked()}` +
      `) AS counted GROUP BY ${counted.join(', ')} HAVING COUNT(counted.found) <> 1 OR COUNT(*) = COUNT(counted.found)`
    );
  }

  private countedKeys(): string[] {
    return this.dataset.key.map((name) => of('counted', name, this.dialect));
  }

  private fresh({ column, sourceColumn, withinMinutes }: Kind<'fresh'>): string {
    const { dialect, dataset } = this;
    const newestSource = `SELECT MAX(${of('source', sourceColumn, dialect)}) AS newest FROM ${this.source()} WHERE ${wanted(dataset, 'source', dialect)}`;
    const newest = `SELECT MAX(${this.of(column)}) AS newest FROM ${this.checked()}`;
    return (
      `SELECT COALESCE(CAST(here.newest AS ${dialect.text}), 'no row') AS sample FROM (${newest}) AS here CROSS JOIN (${newestSource}) AS there ` +
      `WHERE there.newest IS NOT NULL AND (here.newest IS NULL OR here.newest + INTERVAL '${withinMinutes}' MINUTE < there.newest)`
    );
  }

  private source(): string {
    return `${this.relation(staged(derivationOf(this.dataset).source).name)} AS source`;
  }

  private checked(): string {
    return `${this.relation(this.dataset.name)} AS checked`;
  }

  private keys(): string[] {
    return this.dataset.key.map((name) => this.of(name));
  }

  private of(column: string): string {
    return of('checked', column, this.dialect);
  }

  private shown(values: readonly string[]): string {
    return values.map((value) => `COALESCE(CAST(${value} AS ${this.dialect.text}), 'null')`).join(" || '/' || ");
  }
}
