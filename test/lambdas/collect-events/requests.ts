import type { CollectRequest, CollectResponse, BatchAnswer } from '../../../lambdas/collect-events/handler.ts';

export const EVENT = { ts: 1538352117000, userId: '30', sessionId: 29, page: 'NextSong' };

/** A good request, with what a test is about changed. */
export function request(body: unknown, changes: Partial<CollectRequest> = {}): CollectRequest {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return { method: 'POST', path: '/v1/listening-events', headers: { 'content-type': 'application/json' }, bytes, ...changes };
}

export function answerOf({ body }: CollectResponse): BatchAnswer {
  if ('error' in body) throw new Error(`answer must be one of a batch, got ${body.error}`);
  return body;
}
