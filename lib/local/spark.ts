import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { Interrupted } from '../cli/failures.ts';
import type { StepProgress } from '../cli/progress.ts';
import { reasonIn } from '../cli/spark-log.ts';
import { CHECKOUT, type Home } from './home.ts';
import { remember } from './leftovers.ts';
import { childrenOf, send, terminate } from './process.ts';

/** Heap of the one JVM that is driver and executor here, MB: all of a run is to fit 4 GB beside broker and Python workers. */
const DRIVER_MEMORY_MB = 1400;

/**
 * A step lives for seconds: with the optimising compiler it spends about 40 % of its CPU time on compiling. Measured on 2 cores, CPU
 * seconds with and without it, 320,000 events: train 52 and 28, features 33 and 21, publish 22 and 14, score 18 and 12. Where a step
 * has long to run it pays off: ingesting 1.5 million events took 75 s with it, 80 s without.
 */
const QUICK_START = '-XX:TieredStopAtLevel=1';
/**
 * Room for compiled code, as with the optimising compiler. Without it the JVM reserves 48 MB; where a step that flows for long has filled
 * that, nothing is compiled any more, and then Spark fails ("Out of space in CodeCache for adapters").
 */
const COMPILED_CODE = '-XX:ReservedCodeCacheSize=240m';

/** How long a stopped step may take to end a batch, before it is killed. */
const STOP_MS = 15_000;
/** How long a step that goes on until it is told may take to end in order. */
const END_MS = 120_000;

export interface SparkRun {
  readonly home: Home;
  /** File in `spark-steps/`. */
  readonly script: string;
  readonly arguments: readonly string[];
  /** Settings of this run alone. @default - none */
  readonly conf?: Readonly<Record<string, string>> | undefined;
  /** Where everything the step logs goes. */
  readonly log: string;
  readonly signal?: AbortSignal;
  /** Ends a step that goes on until it is told: it finishes what it has in hand, and that is no interruption. @default - it ends by itself */
  readonly end?: AbortSignal;
  readonly onProgress?: (progress: StepProgress) => void;
  /** Lines of standard output that are not progress. */
  readonly onLine?: (line: string) => void;
}

/**
 * Runs a Spark step with spark-submit and waits for its end.
 * @throws Error with the step's own `error: …` line where it has one
 * @throws Interrupted when `signal` stopped it
 */
export async function sparkSubmit(run: SparkRun): Promise<void> {
  if (run.signal?.aborted) throw new Interrupted();
  await mkdir(dirname(run.log), { recursive: true });
  await mkdir(run.home.scratch(), { recursive: true });
  const child = execa(
    join(CHECKOUT, '.venv/bin/spark-submit'),
    [...settings(run), join(CHECKOUT, 'spark-steps', run.script), ...run.arguments],
    {
      cwd: run.home.scratch(),
      env: environment(),
      // Its own process group: Ctrl-C in a terminal reaches only us, and we stop things in order.
      detached: true,
      reject: false,
      buffer: false,
      stdin: 'ignore',
    },
  );
  const log = createWriteStream(run.log);
  child.stderr.pipe(log, { end: false });
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    log.write(`${line}\n`);
    const progress = parseProgress(line);
    if (progress) run.onProgress?.(progress);
    else run.onLine?.(line);
  });

  const { pid } = child;
  const forget = pid ? await remember(run.home, pid) : undefined;
  let stopped: Promise<void> | undefined;
  // Negative: the whole group. Without a pid nothing was started, and -0 would be our own group.
  const stop = () => {
    if (pid) stopped = terminate(-pid, STOP_MS);
  };
  const killWithUs = () => pid && send(-pid, 'SIGKILL');
  // Its driver alone: the JVM, told too, would close the session under the batch in hand.
  let lateEnd: NodeJS.Timeout | undefined;
  const end = () => {
    const drivers = pid ? childrenOf(pid) : [];
    for (const driver of drivers) send(driver, 'SIGTERM');
    if (drivers.length === 0) stop();
    else lateEnd = setTimeout(stop, END_MS);
  };
  run.signal?.addEventListener('abort', stop, { once: true });
  run.end?.addEventListener('abort', end, { once: true });
  process.once('exit', killWithUs);
  const { exitCode, failed, shortMessage } = await child;
  process.off('exit', killWithUs);
  run.signal?.removeEventListener('abort', stop);
  run.end?.removeEventListener('abort', end);
  clearTimeout(lateEnd);
  await stopped;
  await forget?.();
  await new Promise((done) => log.end(done));

  if (run.signal?.aborted) throw new Interrupted();
  if (failed)
    throw new Error(reasonIn(await readFile(run.log, 'utf8')) ?? (exitCode === undefined ? shortMessage : `exit code ${exitCode}`));
}

function settings({ home, conf: own }: SparkRun): string[] {
  const conf: Record<string, string> = {
    'spark.sql.extensions': 'org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions',
    'spark.sql.catalog.lake': 'org.apache.iceberg.spark.SparkCatalog',
    'spark.sql.catalog.lake.type': 'hadoop',
    'spark.sql.catalog.lake.warehouse': home.lake(),
    'spark.sql.session.timeZone': 'UTC',
    'spark.sql.shuffle.partitions': String(cpus().length * 2),
    // Of thousands of small files each would be looked for by a task of its own, and a few dozen of them be a partition: right for S3.
    'spark.sql.sources.parallelPartitionDiscovery.parallelism': String(cpus().length * 2),
    'spark.sql.files.openCostInBytes': '64k',
    'spark.driver.extraClassPath': join(CHECKOUT, '.jars/spark/*'),
    'spark.driver.host': '127.0.0.1',
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.local.dir': home.scratch(),
    'spark.ui.enabled': 'false',
    // Thousands of INFO lines a step hide what a person looks for when one fails.
    'spark.log.level': 'WARN',
    'spark.driver.extraJavaOptions': `-Duser.timezone=UTC -Dderby.system.home=${quotedOption(home.scratch())} -XX:+UseParallelGC ${QUICK_START} ${COMPILED_CODE}`,
    ...own,
  };
  const master = ['--master', 'local[*]', '--driver-memory', `${DRIVER_MEMORY_MB}m`];
  return [...master, ...Object.entries(conf).flatMap(([name, value]) => ['--conf', `${name}=${value}`])];
}

/** As Spark's launcher reads options of Java: a folder may have blanks and quotes in its name. */
function quotedOption(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

function environment(): NodeJS.ProcessEnv {
  const python = join(CHECKOUT, '.venv/bin/python');
  // SPARK_HOME and friends of another installation would bring another Spark.
  const others = { SPARK_HOME: undefined, SPARK_CONF_DIR: undefined, PYTHONPATH: undefined, PYTHONSTARTUP: undefined };
  return {
    ...others,
    PYSPARK_PYTHON: python,
    PYSPARK_DRIVER_PYTHON: python,
    SPARK_LOCAL_IP: '127.0.0.1',
    TZ: 'UTC',
    OMP_NUM_THREADS: '2',
    SPARK_LAUNCHER_OPTS: QUICK_START,
  };
}

function parseProgress(line: string): StepProgress | undefined {
  if (!line.startsWith('{"rows"')) return undefined;
  try {
    return JSON.parse(line) as StepProgress;
  } catch {
    return undefined;
  }
}
