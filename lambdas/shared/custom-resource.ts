import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';

export interface Outcome {
  /** What the resource is known by from now on. Another one than before makes CloudFormation delete the former. */
  readonly physicalId: string;
  /** Attributes of the resource. */
  readonly data?: Readonly<Record<string, string>>;
}

export type Work = (event: CloudFormationCustomResourceEvent, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<Outcome>;

/** What a resource that was never made is known by. */
const NOT_MADE = 'not-made';

/**
 * A Lambda that CloudFormation calls to make, change and delete a resource. It always answers: without an answer CloudFormation waits for
 * an hour. The deletion of what a failed creation never made is answered without work.
 */
export function customResource(work: Work, send: (url: string, answer: string) => Promise<void> = put) {
  return async (event: CloudFormationCustomResourceEvent, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<void> => {
    const former = 'PhysicalResourceId' in event ? event.PhysicalResourceId : undefined;
    const answer = (fields: object) =>
      send(
        event.ResponseURL,
        JSON.stringify({ StackId: event.StackId, RequestId: event.RequestId, LogicalResourceId: event.LogicalResourceId, ...fields }),
      );
    if (event.RequestType === 'Delete' && former === NOT_MADE) return answer({ Status: 'SUCCESS', PhysicalResourceId: former });
    let outcome: Outcome;
    try {
      outcome = await work(event, context);
    } catch (error) {
      console.error(error);
      const reason = error instanceof Error ? error.message : String(error);
      return answer({ Status: 'FAILED', PhysicalResourceId: former ?? NOT_MADE, Reason: reason.slice(0, 1000) });
    }
    await answer({ Status: 'SUCCESS', PhysicalResourceId: outcome.physicalId, Data: outcome.data ?? {} });
  };
}

/** The address is signed for a body without a content type, which fetch would add to a text. */
async function put(url: string, answer: string): Promise<void> {
  const response = await fetch(url, { method: 'PUT', body: new TextEncoder().encode(answer) });
  if (!response.ok) throw new Error(`CloudFormation must take the answer, got status ${response.status}`);
}
