/** Runs one step of an EMR cluster on local Spark, as `millrace run` would; the emulator says on standard input which. */
import { relative, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { CHECKOUT, Home } from '../../../lib/local/home.ts';
import { sparkSubmit } from '../../../lib/local/spark.ts';

interface Request {
  /** Path of the step's script. */
  readonly script: string;
  readonly arguments: readonly string[];
  readonly conf: Readonly<Record<string, string>>;
  /** Folder of the lake's tables and of Spark's scratch. */
  readonly home: string;
  readonly log: string;
}

const { script, home, ...run } = JSON.parse(await text(process.stdin)) as Request;
const stopped = new AbortController();
process.once('SIGTERM', () => stopped.abort());
try {
  await sparkSubmit({
    ...run,
    home: new Home(home),
    script: relative(join(CHECKOUT, 'spark-steps'), script),
    signal: stopped.signal,
    onLine: (line) => console.log(line),
  });
} catch (error) {
  console.log(`error: ${(error as Error).message}`);
  process.exitCode = 1;
}
