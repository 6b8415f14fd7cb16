import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';

const OPTIONS = { reject: false, all: true, stdin: 'ignore' } as const;

/** Runs the command line as a user does, with its data in `home`; never rejects, so that exit codes can be looked at. */
export function millrace(home: string, ...args: string[]) {
  // Node itself, not a shell around it: a signal sent to it is one that the command line gets.
  return execa('node', ['bin/launch.mjs', ...args], {
    ...OPTIONS,
    env: {
      MILLRACE_HOME: home,
      WAREHOUSE_URL: undefined,
      // No account of whoever runs the tests is ever asked.
      AWS_REGION: undefined,
      AWS_DEFAULT_REGION: undefined,
      AWS_PROFILE: undefined,
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    },
  });
}

/**
 * Waits until a command that is running has come as far as `holds` says of all that it has shown.
 * @throws where it ends before
 */
export async function reaches(running: ReturnType<typeof millrace>, holds: (shown: string) => boolean): Promise<void> {
  let shown = '';
  running.all.on('data', (chunk: Buffer) => (shown += chunk.toString()));
  while (!holds(shown)) {
    if (running.exitCode !== null || running.signalCode !== null) throw new Error(`command must go on for longer, got an end: ${shown}`);
    await sleep(20);
  }
}

/** Command lines of the processes that name `text`; there is nobody but us who names a temporary folder. */
export function processesNaming(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return ''; // gone meanwhile
      }
    })
    .filter((commandLine) => commandLine.includes(text));
}
