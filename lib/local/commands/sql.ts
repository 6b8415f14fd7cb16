import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Interrupted, UsageError } from '../../cli/failures.ts';
import type { Home } from '../home.ts';
import { sparkSubmit } from '../spark.ts';

export interface SqlOptions {
  readonly format: string;
  readonly limit: number;
}

/** Runs one statement by Spark SQL over the lake and prints its rows. */
export async function runSql(home: Home, statement: string, { format, limit }: SqlOptions, signal: AbortSignal): Promise<void> {
  if (!home.exists()) throw new UsageError('lake must hold tables, got none: run `millrace run churn` first');
  const folder = await mkdtemp(join(tmpdir(), 'millrace-sql-'));
  const log = join(folder, 'query.log');
  try {
    await sparkSubmit({
      home,
      script: 'query.py',
      // `--` keeps a statement that begins with a dash (an SQL comment) from being read as an option.
      arguments: ['--database', 'lake.millrace', '--format', format, '--limit', String(limit), '--', statement],
      log,
      signal,
      onLine: (line) => {
        // A step's error comes by the same way as its output.
        if (!line.startsWith('error: ')) process.stdout.write(`${line}\n`);
      },
    }).catch((error: unknown) => {
      throw error instanceof Interrupted ? error : new UsageError((error as Error).message);
    });
    const notes = (await readFile(log, 'utf8')).split('\n').filter((line) => line.startsWith('only the first '));
    for (const note of notes) process.stderr.write(`${note}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
