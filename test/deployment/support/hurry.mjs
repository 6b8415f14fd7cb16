/** Loaded into the CDK command line: its waits between two looks at a stack are for AWS, where everything takes minutes. */
const wait = globalThis.setTimeout;
const hurried = (work, milliseconds, ...rest) =>
  wait(work, milliseconds >= 1_000 && milliseconds <= 10_000 ? milliseconds / 20 : milliseconds, ...rest);
globalThis.setTimeout = Object.assign(hurried, wait);
