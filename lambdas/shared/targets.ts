import { adImpression } from '../../lib/contracts/ad-impression.ts';
import { csvFormat } from './csv-format.ts';
import { examAttempts } from './exam-attempts.ts';
import { listeningEvents } from './listening-events.ts';
import type { RawTarget, Target } from './messages.ts';

/** Ad impressions by their id, from CSV files. */
export const adImpressions: Target<typeof adImpression.schema.shape> = {
  contract: adImpression,
  key: ({ id }) => id,
  format: csvFormat(adImpression),
};

/** What files can be sent as. */
const TARGETS: readonly (Target | RawTarget)[] = [listeningEvents, adImpressions, examAttempts];

/** How records of a contract are read from files and sent. @throws where files hold none of its */
export function targetOf(contract: string): Target | RawTarget {
  const found = TARGETS.find((each) => each.contract.name === contract);
  if (!found) throw new Error(`contract must be one of ${TARGETS.map((each) => each.contract.name).join(', ')}, got ${contract}`);
  return found;
}
