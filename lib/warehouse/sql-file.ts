import { readFileSync } from 'node:fs';
import { literal, quoted } from '../contracts/render/ddl.ts';

/**
 * The statements of an SQL file of this folder. Variables are written as in psql: `:"name"` stands for the quoted name given as `name`, here
 * for a list of them, too, `:'name'` for a text, and `:name` for a piece of SQL. A statement ends with a semicolon at the end of a line.
 */
export function sqlFile(
  file: string,
  names: Readonly<Record<string, readonly string[]>>,
  texts: Readonly<Record<string, string>> = {},
  pieces: Readonly<Record<string, string>> = {},
): string[] {
  return readFileSync(new URL(file, import.meta.url), 'utf8')
    .replaceAll(/^ *--.*\n/gm, '')
    .split(/;\s*\n/)
    .map((statement) =>
      statement.trim().replaceAll(/:(?:"(\w+)"|'(\w+)'|([a-z]\w*))/g, (_, name?: string, text?: string, piece?: string) => {
        if (name !== undefined) return given(names, name).map(quoted).join(', ');
        // Redshift's spelling of a text is safe on PostgreSQL, too: there it only shows a backslash twice.
        return text !== undefined ? literal('redshift', given(texts, text)) : given(pieces, piece!);
      }),
    );

  function given<Value>(values: Readonly<Record<string, Value>>, variable: string): Value {
    const value = values[variable];
    if (value === undefined) throw new Error(`variables of ${file} must hold ${variable}, got ${Object.keys(values).join(', ') || 'none'}`);
    return value;
  }
}
