import type { Column, ColumnType, Dataset } from '../dataset.ts';

export type SqlEngine = 'postgresql' | 'redshift';

const DEFAULT_MAX_BYTES = 256;

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
  binary: 'varbyte(1024000)',
};

/** `CREATE TABLE IF NOT EXISTS` of a data set in `schema`, and its comments, one statement each. */
export function tableDdl(engine: SqlEngine, schema: string, { name, description, key, fields }: Dataset): string[] {
  const table = `${quoted(schema)}.${quoted(name)}`;
  const lines = fields.map((field) => `  ${quoted(field.name)} ${sqlType(engine, field)}${key.includes(field.name) ? ' NOT NULL' : ''}`);
  lines.push(`  PRIMARY KEY (${key.map(quoted).join(', ')})`);
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (\n${lines.join(',\n')}\n)`,
    `COMMENT ON TABLE ${table} IS ${literal(description)}`,
    ...fields.map((field) => `COMMENT ON COLUMN ${table}.${quoted(field.name)} IS ${literal(field.description)}`),
  ];
}

export function sqlType(engine: SqlEngine, { type, maxBytes = DEFAULT_MAX_BYTES }: Column): string {
  if (engine === 'postgresql') return POSTGRESQL_TYPES[type];
  return type === 'string' ? `varchar(${maxBytes})` : REDSHIFT_TYPES[type];
}

/** A name as SQL takes it whatever it holds. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as an SQL literal, in both engines with standard_conforming_strings. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
