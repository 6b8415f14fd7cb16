import { PGlite } from '@electric-sql/pglite';
import type { DataApi } from '../../lambdas/shared/redshift.ts';

/** What Redshift makes outside transactions only. */
const ALONE = /^(CREATE|ALTER) EXTERNAL SCHEMA|^(CREATE|ALTER|DROP|REFRESH) MATERIALIZED VIEW/;

/** Redshift's words for what PostgreSQL has, too; what it has not (streams, procedures that refresh) is an empty view, or left out. */
const TRANSLATIONS: readonly (readonly [RegExp, string])[] = [
  [/^CREATE EXTERNAL SCHEMA (IF NOT EXISTS )?(\w+) [^]*$/, 'CREATE SCHEMA $1$2'],
  [/^ALTER EXTERNAL SCHEMA (\w+) [^]*$/, 'COMMENT ON SCHEMA $1 IS NULL'],
  [/^CREATE MATERIALIZED VIEW (\S+) AUTO REFRESH NO AS[^]*$/, 'CREATE MATERIALIZED VIEW $1 AS SELECT 1 AS record'],
  [/^ALTER MATERIALIZED VIEW (\S+) AUTO REFRESH (YES|NO)$/, "COMMENT ON MATERIALIZED VIEW $1 IS '$2'"],
  [/^CREATE OR REPLACE VIEW (\S+) AS[^]* WITH NO SCHEMA BINDING$/, 'CREATE OR REPLACE VIEW $1 AS SELECT 1 AS event_id'],
  [/^CREATE OR REPLACE PROCEDURE (\S+) AS \$\$[^]*$/, 'CREATE OR REPLACE PROCEDURE $1 AS $$$$ BEGIN END; $$$$ LANGUAGE plpgsql'],
  [/ TO ROLE (\w+)$/, ' TO $1'],
  [/^CREATE USER (".*") WITH PASSWORD DISABLE$/, 'CREATE USER $1'],
  [/^GRANT ROLE (\w+) TO (".*")$/, 'GRANT $1 TO $2'],
];

const SYSTEM_VIEWS = `
  CREATE VIEW svv_roles AS SELECT rolname AS role_name FROM pg_roles WHERE NOT rolcanlogin;
  CREATE VIEW svv_user_grants AS SELECT member.rolname AS user_name, role.rolname AS role_name
    FROM pg_auth_members JOIN pg_roles member ON member.oid = member JOIN pg_roles role ON role.oid = roleid`;

export interface FakeRedshift extends DataApi {
  /** All statements so far, as they were sent. */
  readonly sent: string[];
  /** A statement that holds this text fails. */
  failOn: string | undefined;
  readonly database: PGlite;
  /** Makes it as new: starting one takes seconds. */
  readonly reset: () => Promise<void>;
}

/** A warehouse that behaves like Redshift where a schema is made: PostgreSQL, with Redshift's words and its rule about transactions. */
export async function fakeRedshift(): Promise<FakeRedshift> {
  const database = await PGlite.create();
  await database.exec(SYSTEM_VIEWS);
  const prepare = (sql: string) => {
    fake.sent.push(sql);
    if (fake.failOn !== undefined && sql.includes(fake.failOn)) throw new Error(`warehouse statement failed: ${fake.failOn}`);
    return TRANSLATIONS.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), sql);
  };
  const fake: FakeRedshift = {
    sent: [],
    failOn: undefined,
    database,
    async reset() {
      fake.sent.length = 0;
      fake.failOn = undefined;
      await database.exec('DROP SCHEMA IF EXISTS millrace, lake, kafka CASCADE');
      const { rows } = await database.query<{ rolname: string }>(`SELECT rolname FROM pg_roles WHERE oid >= 16384`);
      for (const { rolname } of rows) await database.exec(`DROP OWNED BY "${rolname}"; DROP ROLE "${rolname}"`);
    },
    async query<R>(sql: string, params: readonly unknown[] = []) {
      // One statement only, as the Data API wants it: with parameters PostgreSQL wants it, too.
      return (await database.query<R>(prepare(sql), [...params])).rows;
    },
    async transaction(statements) {
      if (statements.length > 40) throw new Error(`ValidationException: 1 to 40 statements, got ${statements.length}`);
      await database.transaction(async (transaction) => {
        for (const sql of statements) {
          if (ALONE.test(sql)) throw new Error(`ERROR: cannot run inside a transaction block: ${sql}`);
          await transaction.query(prepare(sql));
        }
      });
    },
  };
  return fake;
}
