/** The part of a failure's cause that a person reads: AWS wraps it in JSON of the service that failed, sometimes in several. */
export function readableCause(cause: string): string {
  const parsed = json(cause);
  if (parsed === undefined || typeof parsed !== 'object' || parsed === null) return cause.trim();
  const message = messageIn(parsed as Record<string, unknown>);
  return message === undefined ? cause.trim() : readableCause(message);
}

/** Lambda says `errorMessage`, a nested execution and a failed state `Cause`, EMR `Step.Status.FailureDetails`. */
function messageIn(value: Record<string, unknown>): string | undefined {
  for (const key of ['errorMessage', 'Cause', 'cause']) {
    const text = value[key];
    if (typeof text === 'string' && text !== '') return text;
  }
  const status = record(record(value['Step'])?.['Status']) ?? record(record(value['Cluster'])?.['Status']);
  if (!status) return undefined;
  const details = record(status['FailureDetails']);
  const reason = record(status['StateChangeReason']);
  const parts = [details?.['Message'], details?.['Reason'], reason?.['Message']].filter(
    (part) => typeof part === 'string' && part !== '' && part !== 'Unknown Error.',
  );
  return (parts[0] as string | undefined) ?? `EMR says ${String(status['State'])} and no more`;
}

function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
