import type { SqlParameter } from '@aws-sdk/client-redshift-data';

/** What `$1` must not be looked for in: texts, quoted names, comments and the bodies of procedures. */
const OPAQUE_OR_PARAMETER = /'(?:[^'\\]|''|\\[\s\S])*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$\$[\s\S]*?\$\$|\$(\d+)/g;

/**
 * Turns `$1` into what the Data API takes. Texts travel beside the statement, as its named parameters; the Data API knows no other type and
 * no empty text, so that numbers, truth values, null and '' are written into it, in forms that hold nothing but digits and words.
 */
export function bindParameters(sql: string, params: readonly unknown[]): { text: string; parameters: SqlParameter[] } {
  const named = new Map<string, string>();
  const text = sql.replaceAll(OPAQUE_OR_PARAMETER, (match: string, number: string | undefined) => {
    if (number === undefined) return match;
    const index = Number(number) - 1;
    if (index < 0 || index >= params.length) throw new Error(`parameter of a statement must be $1 to $${params.length}, got ${match}`);
    const value = params[index];
    if (value instanceof Date) return textParameter(value.toISOString());
    if (typeof value === 'string' && value !== '') return textParameter(value);
    return literal(value, match);

    function textParameter(value: string): string {
      named.set(`p${number}`, value);
      return `:p${number}`;
    }
  });
  return { text, parameters: [...named].map(([name, value]) => ({ name, value })) };
}

function literal(value: unknown, name: string): string {
  if (value === null || value === undefined) return 'NULL';
  if (value === '') return "''";
  if (typeof value === 'boolean' || typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) {
    // The blank keeps `-$1` from becoming the start of a comment.
    return ` ${String(value)}`;
  }
  throw new Error(`parameter ${name} must be text, a finite number, a truth value, a date or null, got ${typeof value}`);
}
