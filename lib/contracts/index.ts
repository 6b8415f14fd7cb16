import { adClick } from './ad-click.ts';
import { adImpression } from './ad-impression.ts';
import { churnScores } from './churn-scores.ts';
import { clickHours } from './click-hours.ts';
import { clickPrediction } from './click-prediction.ts';
import { clickQuality } from './click-quality.ts';
import { dailyActivity } from './daily-activity.ts';
import type { Dataset } from './dataset.ts';
import { LANDED, RESULTS } from './exam/index.ts';
import { listeningEvent } from './listening-event.ts';
import { song } from './song.ts';
import { STAR } from './star/index.ts';
import { userFeatures } from './user-features.ts';

/** Every contract there is, by name. */
export const CONTRACTS: readonly Dataset[] = [
  listeningEvent,
  userFeatures,
  dailyActivity,
  churnScores,
  song,
  ...STAR,
  adImpression,
  adClick,
  clickPrediction,
  clickQuality,
  clickHours,
  ...LANDED,
  ...RESULTS,
];

export function contract(name: string): Dataset {
  const found = CONTRACTS.find((each) => each.name === name);
  if (!found) throw new Error(`contract must be one of ${CONTRACTS.map((each) => each.name).join(', ')}, got ${name}`);
  return found;
}
