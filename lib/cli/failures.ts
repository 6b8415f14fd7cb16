/** The user asked for something that is not there or not allowed: exit code 2, one line, no stack. */
export class UsageError extends Error {}

/** A step of a run failed: exit code 1, with the step, the reason and where its log is. */
export class StepFailure extends Error {
  constructor(
    readonly step: string,
    readonly reason: string,
    readonly log?: string,
  ) {
    super(`step ${step} failed: ${reason}${log ? `\n  log: ${log}` : ''}`);
  }
}

/** The command was told to stop (Ctrl-C, SIGTERM): exit code 130, as shells have it. */
export class Interrupted extends Error {
  constructor(message = 'stopped; the next run goes on from what is there') {
    super(message);
  }
}
