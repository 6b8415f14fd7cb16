import { GetStatementResultCommand, type ColumnMetadata, type Field, type RedshiftDataClient } from '@aws-sdk/client-redshift-data';

/** All rows of a finished statement, page by page. */
export async function readRows<R>(client: Pick<RedshiftDataClient, 'send'>, id: string): Promise<R[]> {
  const rows: R[] = [];
  let columns: readonly ColumnMetadata[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(new GetStatementResultCommand({ Id: id, NextToken: token }));
    columns = page.ColumnMetadata ?? columns;
    for (const record of page.Records ?? []) rows.push(rowOf(columns, record) as R);
    token = page.NextToken;
  } while (token !== undefined && token !== '');
  return rows;
}

function rowOf(columns: readonly ColumnMetadata[], record: readonly Field[]): Record<string, unknown> {
  return Object.fromEntries(record.map((field, i) => [nameOf(columns[i]), valueOf(field, columns[i]?.typeName)]));
}

function nameOf(column: ColumnMetadata | undefined): string {
  return column?.label ?? column?.name ?? '';
}

/** As rows of the other engines are (lib/local/warehouse.ts): what the Data API sends as text is typed by its column. */
function valueOf(field: Field, type: string | undefined): unknown {
  if (field.isNull) return null;
  if (field.stringValue !== undefined) return typedText(field.stringValue, type);
  return field.booleanValue ?? field.longValue ?? field.doubleValue ?? field.blobValue ?? null;
}

function typedText(text: string, type: string | undefined): unknown {
  switch (type) {
    case 'timestamptz':
      // `2018-11-01 00:00:00.123+00`
      return new Date(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'));
    case 'float4':
    case 'float8':
    case 'int2':
    case 'int4':
    case 'int8':
      return Number(text);
    case 'bool':
      return text === 't' || text === 'true';
    default:
      return text;
  }
}
