import type { Column, ColumnType } from '../dataset.ts';

const GLUE_TYPES: Record<ColumnType, string> = {
  string: 'string',
  int: 'int',
  long: 'bigint',
  double: 'double',
  boolean: 'boolean',
  timestamp: 'timestamp',
  date: 'date',
  binary: 'binary',
};

export interface GlueColumn {
  readonly name: string;
  readonly type: string;
  readonly comment: string;
}

/** The columns of a Glue table (`AWS::Glue::Table` > `StorageDescriptor` > `Columns`). */
export function glueColumns(columns: readonly Column[]): GlueColumn[] {
  return columns.map(({ name, type, description }) => ({ name, type: GLUE_TYPES[type], comment: description }));
}
