import type { z } from 'zod';
import { column, dataset } from './dataset.ts';
import { requiredIdentifier, requiredProbability, requiredText, requiredTimestamp } from './fields.ts';

/** How likely a live ad impression is to be clicked, as a model said before anybody could know. */
export const clickPrediction = dataset({
  name: 'click_predictions',
  description: 'One live ad impression that was scored a row',
  key: ['id'],
  columns: {
    id: column(requiredIdentifier, { name: 'id', type: 'string', description: 'Impression' }),
    hour: column(requiredTimestamp, { name: 'hour', type: 'timestamp', description: 'Hour in which it was shown' }),
    probability: column(requiredProbability, { name: 'probability', type: 'double', description: 'Probability of a click, 0 to 1' }),
    modelVersion: column(requiredText, { name: 'model_version', type: 'string', description: 'Model that made the prediction' }),
    producedAt: column(requiredTimestamp, { name: 'produced_at', type: 'timestamp', description: 'When the broker took the impression' }),
    predictedAt: column(requiredTimestamp, { name: 'predicted_at', type: 'timestamp', description: 'When the prediction was made' }),
  },
});

export type ClickPrediction = z.infer<typeof clickPrediction.schema>;
