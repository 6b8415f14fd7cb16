import { listeningEvent } from '../../lib/contracts/listening-event.ts';
import type { Target } from './messages.ts';

/** Listening events by listener; page views of a logged-out visitor by session. */
export const listeningEvents: Target<typeof listeningEvent.schema.shape> = {
  contract: listeningEvent,
  key: ({ userId, sessionId }) => userId ?? `session:${sessionId}`,
};
