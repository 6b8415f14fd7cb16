/** What a reader sees: no markup, styles or script, one space between words. */
export function textOf(html: string): string {
  const visible = html.replace(/<(style|script)[\s\S]*?<\/\1>/g, '').replace(/<[^>]+>/g, ' ');
  return visible.replace(/&lt;/g, '<').replace(/&amp;/g, '&').replace(/\s+/g, ' ');
}

/** The texts of the rows of the table that has this caption or id, cell by cell. */
export function rowsOf(html: string, table: string): string[][] {
  const found = [...html.matchAll(/<table[\s\S]*?<\/table>/g)].map(([all]) => all).find((each) => each.includes(table));
  if (found === undefined) throw new Error(`table must be on the page, got none of ${table}`);
  const body = /<tbody[\s\S]*<\/tbody>/.exec(found)?.[0] ?? '';
  return [...body.matchAll(/<tr[\s\S]*?<\/tr>/g)].map(([row]) =>
    [...row.matchAll(/<t[hd][\s\S]*?<\/t[hd]>/g)].map(([cell]) => textOf(cell).trim()),
  );
}
