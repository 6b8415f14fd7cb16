import { readFileSync } from 'node:fs';
import { literal, quoted } from '../contracts/render/ddl.ts';

/**
 * The statements of an SQL file of this folder. As in psql, `:"name"` stands for the quoted name given as `name`, here for a list of them,
 * too, and `:'name'` for a text. A statement ends with a semicolon at the end of a line.
 */
export function sqlFile(file: string, names: Record<string, readonly string[]>, texts: Record<string, string> = {}): string[] {
  return readFileSync(new URL(file, import.meta.url), 'utf8')
    .replaceAll(/^--.*\n/gm, '')
    .split(/;\s*\n/)
    .map((statement) =>
      statement.trim().replaceAll(/:(?:"(\w+)"|'(\w+)')/g, (_, name: string | undefined, text: string) =>
        // Redshift's spelling of a text is safe on PostgreSQL, too: there it only shows a backslash twice.
        name === undefined ? literal('redshift', texts[text]!) : names[name]!.map(quoted).join(', '),
      ),
    );
}
