import { Command, CommanderError } from 'commander';
import { addDataCommands } from './commands/data.ts';
import { addEnvironmentCommands } from './commands/environment.ts';
import { addRunCommands } from './commands/run.ts';
import { Interrupted, StepFailure, UsageError } from '../lib/cli/failures.ts';
import { Home } from '../lib/local/home.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

const stopping = new AbortController();
/** npm passes Ctrl-C on to us although the terminal has told us already: one within this time is the same one. */
const SAME_REQUEST_MS = 1_000;
let firstRequest: number | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    firstRequest ??= performance.now();
    // A second Ctrl-C does not wait: what is still running is killed as this process ends.
    if (performance.now() - firstRequest > SAME_REQUEST_MS) process.exit(EXIT_INTERRUPTED);
    if (stopping.signal.aborted) return;
    process.stderr.write('\nstopping … (again to stop at once)\n');
    stopping.abort();
  });
}

const program = new Command('millrace')
  .description('Event streaming and prediction: Kafka, Spark, Iceberg, SQL; on one machine, or with --env on AWS.')
  .configureHelp({ showGlobalOptions: true })
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'millrace: ')) });

// What a command does is imported when it runs: help and a mistyped option need none of Kafka, SQL and charts.
const surroundings = { home: new Home(), signal: stopping.signal };
addRunCommands(program, surroundings);
addDataCommands(program, surroundings);
addEnvironmentCommands(program, surroundings);

try {
  // A statement that begins with an SQL comment is no option.
  await program.parseAsync(process.argv.map((text) => (/^--\s/.test(text) ? ` ${text}` : text)));
} catch (error) {
  process.exitCode = exitCode(error);
}

function exitCode(error: unknown): number {
  // Commander has said what is wrong (and help is no error).
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (error instanceof UsageError) {
    console.error(`millrace: ${error.message}`);
    return EXIT_USAGE;
  }
  if (error instanceof Interrupted) {
    console.error(`millrace: ${error.message}`);
    return EXIT_INTERRUPTED;
  }
  if (error instanceof StepFailure) console.error(`millrace: ${error.message}`);
  // Ours, not the user's: the stack says where.
  else console.error(error);
  return EXIT_FAILED;
}
