import type { TimePart } from '../derivation.ts';
import { literal, quoted } from './ddl.ts';

/** How an SQL engine spells what the engines do not spell alike. */
export interface Dialect {
  readonly quoted: (name: string) => string;
  readonly literal: (text: string) => string;
  /** The type of texts. */
  readonly text: string;
  /** A part of an instant in UTC, as an integer. */
  readonly part: (part: TimePart, instant: string) => string;
}

/** PostgreSQL's and Redshift's. */
export const SQL: Dialect = {
  quoted,
  // Redshift's spelling of a text is safe on PostgreSQL, too: there it only shows a backslash twice.
  literal: (text) => literal('redshift', text),
  text: 'varchar',
  part(part, instant) {
    // Whatever the time zone of the session.
    const utc = `(${instant} AT TIME ZONE 'UTC')`;
    const extract = (field: string, from = utc) => `CAST(DATE_PART('${field}', ${from}) AS integer)`;
    switch (part) {
      case 'weekday':
        return extract('dow');
      case 'week':
        // A week is of the year that its Thursday is in.
        return `(${extract('doy', `DATE_TRUNC('week', ${utc}) + INTERVAL '3 days'`)} + 6) / 7`;
      default:
        return extract(part);
    }
  },
};

/** Spark's, in a session whose time zone is UTC. */
export const SPARK: Dialect = {
  quoted: (name) => `\`${name.replaceAll('`', '``')}\``,
  literal: (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
  text: 'string',
  // `week` is of ISO 8601; `dow` is 1 (Sunday) to 7.
  part: (part, instant) => (part === 'weekday' ? `(EXTRACT(dow FROM ${instant}) - 1)` : `EXTRACT(${part} FROM ${instant})`),
};
