/** What a person wants to know first of a Spark step's standard error: the step's own `error: …` line, or else the innermost cause. */
export function reasonIn(log: string): string | undefined {
  const lines = log.trimEnd().split('\n');
  const own = lines.findLast((line) => line.startsWith('error: '));
  if (own) return own.slice('error: '.length);
  const thrown = lines.findLastIndex((line) => /^[\w.]*(Error|Exception)\b/.test(line));
  if (thrown < 0) return undefined;
  const cause = lines.slice(thrown).findLast((line) => line.startsWith('Caused by: '));
  if (cause) return cause.slice('Caused by: '.length);
  // Py4J's own line only says which call failed; the next one says why.
  return lines[thrown]!.startsWith('py4j.') && lines[thrown + 1]?.startsWith(': ') ? lines[thrown + 1]!.slice(2) : lines[thrown];
}
