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
}

/**
 * The checks of a table, a query each: without a row where the check holds, else with the row `check_name`, `table_name`, `failures`, `sample`
 * (`FailedCheck` of lib/pipelines). To be joined by UNION ALL.
 */
export function renderChecks(dataset: Dataset, { engine, relation }: CheckOptions): string[] {
  const dialect = engine === 'sql' ? SQL : SPARK;
  const renderer = new Renderer(dataset, dialect, relation ?? dialect.quoted);
  return dataset.checks.map((check) => failedCheck(dataset, check, renderer.violations(check), dialect));
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
  constructor(
    private readonly dataset: Dataset,
    private readonly dialect: Dialect,
    private readonly relation: (name: string) => string,
  ) {}

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

  /** Keys that the source has and the table has not, the other way round, or that the table has several times. */
  private rowCount(): string {
    const { dialect, dataset } = this;
    const sourceKeys = keysOf(dataset).map((field) => `${valueOf(field, 'source', dialect)} AS ${dialect.quoted(field.name)}`);
    const counted = dataset.key.map((name) => of('counted', name, dialect));
    return (
      `SELECT ${this.shown(counted)} AS sample FROM (` +
      `SELECT ${sourceKeys.join(', ')}, 1 AS wanted_rows, 0 AS found_rows FROM ${this.source()} WHERE ${wanted(dataset, 'source', dialect)} ` +
      `UNION ALL SELECT ${this.keys().join(', ')}, 0 AS wanted_rows, 1 AS found_rows FROM ${this.checked()}` +
      `) AS counted GROUP BY ${counted.join(', ')} HAVING MAX(counted.wanted_rows) <> SUM(counted.found_rows)`
    );
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
