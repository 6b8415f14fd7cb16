import { DEFAULT_MAX_BYTES, type Column, type ColumnType, type Dataset } from '../dataset.ts';

export type SqlEngine = 'postgresql' | 'redshift';
/** Redshift's `varchar(max)`. */
const LONGEST_VARCHAR = 65_535;
/** Bytes; without a length it would be 64,000 (docs.aws.amazon.com/redshift/latest/dg/r_VARBYTE_type.html). */
const LONGEST_VARBYTE = 16_777_216;

const POSTGRESQL_TYPES: Record<ColumnType, string> = {
  string: 'text',
  int: 'integer',
  long: 'bigint',
  double: 'double precision',
  boolean: 'boolean',
  timestamp: 'timestamp with time zone',
  date: 'date',
  binary: 'bytea',
};

const REDSHIFT_TYPES: Record<Exclude<ColumnType, 'string'>, string> = {
  ...POSTGRESQL_TYPES,
  binary: `varbyte(${LONGEST_VARBYTE})`,
};

/** `CREATE TABLE IF NOT EXISTS` of a data set in `schema`, and its comments, one statement each. */
export function tableDdl(engine: SqlEngine, schema: string, dataset: Dataset): string[] {
  return [createTable(engine, schema, dataset), ...comments(engine, schema, dataset)];
}

/** Adds to an existing table the columns that its contract has and `existing` lacks, with their comments, one statement each. */
export function missingColumnsDdl(engine: SqlEngine, schema: string, dataset: Dataset, existing: readonly string[]): string[] {
  const missing = dataset.fields.filter(({ name }) => !existing.includes(name));
  if (missing.length === 0) return [];
  const key = missing.find(({ name }) => dataset.key.includes(name));
  // The rows that are there have no value for it, and a primary key takes no null.
  if (key) throw new Error(`the key of ${schema}.${dataset.name} must be in the table already, got the new column ${key.name}`);
  const table = qualified(schema, dataset);
  return [...missing.map((field) => `ALTER TABLE ${table} ADD COLUMN ${definition(engine, field)}`), ...comments(engine, schema, dataset)];
}

/** A column's type; in PostgreSQL it is spelt as `information_schema.columns.data_type` spells it. */
export function sqlType(engine: SqlEngine, { name, type, maxBytes = DEFAULT_MAX_BYTES }: Column): string {
  if (engine === 'postgresql') return POSTGRESQL_TYPES[type];
  if (type !== 'string') return REDSHIFT_TYPES[type];
  if (!Number.isInteger(maxBytes) || maxBytes < 1 || maxBytes > LONGEST_VARCHAR) {
    throw new Error(`maxBytes of ${name} must be 1 to ${LONGEST_VARCHAR}, got ${maxBytes}`);
  }
  return `varchar(${maxBytes})`;
}

/** A name as SQL takes it whatever it holds. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as an SQL literal. A backslash is a character to PostgreSQL, and the start of an escape to Redshift (as QUOTE_LITERAL's page says). */
export function literal(engine: SqlEngine, text: string): string {
  const escaped = engine === 'redshift' ? text.replaceAll('\\', '\\\\') : text;
  return `'${escaped.replaceAll("'", "''")}'`;
}

function createTable(engine: SqlEngine, schema: string, dataset: Dataset): string {
  const { key, fields, work } = dataset;
  const lines = fields.map((field) => `  ${definition(engine, field)}${key.includes(field.name) ? ' NOT NULL' : ''}`);
  // Redshift does not enforce it, its planner only trusts it: rows are checked before they come into such a table.
  if (!work) lines.push(`  PRIMARY KEY (${key.map(quoted).join(', ')})`);
  // What is made again by each run need not outlive a crash of the server.
  const table = engine === 'postgresql' && work === 'scratch' ? 'UNLOGGED TABLE' : 'TABLE';
  return `CREATE ${table} IF NOT EXISTS ${qualified(schema, dataset)} (\n${lines.join(',\n')}\n)`;
}

/** Texts compare by their bytes, as they do in Redshift and Spark: which of two comes first must not hang on the server's locale. */
function definition(engine: SqlEngine, field: Column): string {
  const collation = engine === 'postgresql' && field.type === 'string' ? ' COLLATE "C"' : '';
  return `${quoted(field.name)} ${sqlType(engine, field)}${collation}`;
}

function comments(engine: SqlEngine, schema: string, dataset: Dataset): string[] {
  const table = qualified(schema, dataset);
  return [
    `COMMENT ON TABLE ${table} IS ${literal(engine, dataset.description)}`,
    ...dataset.fields.map((field) => `COMMENT ON COLUMN ${table}.${quoted(field.name)} IS ${literal(engine, field.description)}`),
  ];
}

function qualified(schema: string, { name }: Dataset): string {
  return `${quoted(schema)}.${quoted(name)}`;
}
