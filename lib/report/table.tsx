/** @jsxRuntime automatic @jsxImportSource preact */
import type { ComponentChildren } from 'preact';

export interface TableColumn<Row> {
  readonly title: string;
  /** Name of the cell's area: on a phone each row becomes a card, and the style sheet places the areas. */
  readonly area: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** What rows are sorted by: numbers as numbers, text as text. @default - the column cannot be sorted */
  readonly sortBy?: (row: Row) => string | number | null;
  /** Direction of the first click. @default 'ascending' */
  readonly firstSort?: 'ascending' | 'descending';
  readonly numeric?: boolean;
}

interface SortableTableProps<Row> {
  readonly id: string;
  readonly caption: string;
  readonly columns: readonly TableColumn<Row>[];
  readonly rows: readonly Row[];
  /** The column the rows come sorted by. */
  readonly sortedBy: { readonly area: string; readonly direction: 'ascending' | 'descending' };
  /** Rows shown before "Show all" is pressed. */
  readonly pageSize: number;
  /** What a row is, in words: `listener`, `listeners`. */
  readonly noun: readonly [singular: string, plural: string];
  /** Name of the file that the button "Download CSV" makes. */
  readonly fileName: string;
  /** What one may filter by, said in the empty field. */
  readonly filterHint: string;
  /** Class by which the style sheet lays a row out on a phone. @default - as a person's card */
  readonly layout?: string;
}

/**
 * A table that the page's script makes sortable, filterable and downloadable. Without the script it is a plain table with every row.
 * Roles are written out since the phone layout sets `display`, which would take the table's meaning from assistive technology.
 */
export function SortableTable<Row>(props: SortableTableProps<Row>) {
  const { id, caption, columns, rows, sortedBy, noun, layout } = props;
  return (
    <div class="sortable" data-sortable data-page-size={props.pageSize} data-noun={noun.join('|')} data-file={props.fileName}>
      <div class="table-tools" data-tools hidden>
        <label class="filter">
          <span>Filter</span>
          <input type="search" data-filter placeholder={props.filterHint} autocomplete="off" aria-controls={id} />
        </label>
        <span class="shown" data-shown role="status" />
        <button type="button" data-download>
          Download CSV
        </button>
      </div>
      <table id={id} role="table" class={layout ? `cards ${layout}` : 'cards'}>
        <caption class="visually-hidden">{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map(({ title, area, sortBy, firstSort, numeric }) => (
              <th
                role="columnheader"
                scope="col"
                class={numeric ? `${area} numeric` : area}
                aria-sort={sortBy && (area === sortedBy.area ? sortedBy.direction : 'none')}
              >
                {sortBy ? (
                  <button type="button" data-first={firstSort ?? 'ascending'}>
                    {title}
                  </button>
                ) : (
                  title
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr role="row">
              {columns.map(({ title, area, cell, sortBy, numeric }) => (
                <td
                  role="cell"
                  class={numeric ? `${area} numeric` : area}
                  data-title={layout && title}
                  data-value={sortBy && String(sortBy(row) ?? '')}
                >
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="more">
        <button type="button" data-all hidden />
      </p>
    </div>
  );
}

interface FactsTableProps {
  readonly caption: string;
  readonly head: readonly string[];
  /** The first cell of each row is its heading. */
  readonly rows: readonly (readonly ComponentChildren[])[];
  /** Columns, from 0, that hold figures. @default - all but the first */
  readonly numeric?: readonly number[];
}

/** A small plain table; it scrolls inside itself where the screen is too narrow. */
export function FactsTable({ caption, head, rows, numeric = head.map((_, index) => index).slice(1) }: FactsTableProps) {
  const kind = (index: number) => (numeric.includes(index) ? 'numeric' : undefined);
  return (
    <div class="scroll" tabindex={0} role="region" aria-label={caption}>
      <table>
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {head.map((title, index) => (
              <th scope="col" class={kind(index)}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([first, ...others]) => (
            <tr>
              <th scope="row" class={kind(0)}>
                {first}
              </th>
              {others.map((cell, index) => (
                <td class={kind(index + 1)}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
