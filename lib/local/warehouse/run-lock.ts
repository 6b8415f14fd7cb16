import pg from 'pg';
import { UsageError } from '../../cli/failures.ts';
import { withoutSecrets } from './postgresql.ts';

/** "mill" as four bytes: a number that no other application is likely to lock. https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS */
const LOCK = 0x6d696c6c;

/**
 * Takes the server's database for this run: two that load it from different data folders would publish each other's work half-done.
 * The lock is the connection's, so that it ends with the process, however that ends.
 * @returns what gives the lock back
 * @throws UsageError where another run has it
 */
export async function takeRunLock(url: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url, application_name: 'millrace run' });
  // A connection that is lost, and the lock with it, is told by the statements of the run.
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [LOCK]);
  if (!rows[0]!.taken) {
    await client.end();
    throw new UsageError(`warehouse must be used by one run at a time, got another one in ${withoutSecrets(url)}: wait for it or stop it`);
  }
  return () => client.end();
}
