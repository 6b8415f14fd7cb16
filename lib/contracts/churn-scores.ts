import * as z from 'zod';
import { column, dataset } from './dataset.ts';
import { decimal, requiredDate, requiredInteger, requiredText, requiredTimestamp, text } from './fields.ts';

const probability = z.number().min(0).max(1);

/**
 * How likely a listener is to cancel, and what speaks most for it. A reason is a feature that raises this listener's risk:
 * its SHAP value is positive. A listener has fewer than three reasons, and nulls in their place, where fewer features raise the risk.
 */
export const churnScores = dataset({
  name: 'churn_scores',
  description: 'One row a listener and scoring cut-off: how likely the listener cancels, and why',
  key: ['user_id', 'cutoff'],
  partitionBy: ['cutoff'],
  columns: {
    user_id: column(requiredText, { name: 'user_id', type: 'string', description: 'Listener', role: 'key' }),
    cutoff: column(requiredDate, { name: 'cutoff', type: 'date', description: 'Midnight (UTC) the score looks forward from', role: 'key' }),
    horizon_days: column(requiredInteger, {
      name: 'horizon_days',
      type: 'int',
      description: 'Days after the cut-off that the score is about',
    }),
    probability: column(probability, {
      name: 'probability',
      type: 'double',
      description: 'Probability that the listener confirms a cancellation within the horizon, 0 to 1',
    }),
    threshold: column(probability, {
      name: 'threshold',
      type: 'double',
      description: 'Probability from which a listener counts as at risk',
    }),
    at_risk: column(z.boolean(), { name: 'at_risk', type: 'boolean', description: 'Whether the probability reaches the threshold' }),
    ...reason(1),
    ...reason(2),
    ...reason(3),
    model_version: column(requiredText, { name: 'model_version', type: 'string', description: 'Model that made the score' }),
    scored_at: column(requiredTimestamp, { name: 'scored_at', type: 'timestamp', description: 'When the score was made' }),
  },
});

function reason(rank: number) {
  const name = `reason_${rank}`;
  return {
    [name]: column(text, { name, type: 'string', description: `Feature that raises the risk most (rank ${rank}); null when none does` }),
    [`${name}_value`]: column(decimal, { name: `${name}_value`, type: 'double', description: `What ${name} is for this listener` }),
    [`${name}_typical`]: column(decimal, {
      name: `${name}_typical`,
      type: 'double',
      description: `Median of ${name} over the listeners the model learned from`,
    }),
    [`${name}_contribution`]: column(decimal, {
      name: `${name}_contribution`,
      type: 'double',
      description: `How much ${name} adds to the log-odds of churn: its SHAP value`,
    }),
  };
}
