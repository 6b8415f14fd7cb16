import { column, dataset } from './dataset.ts';
import { decimal, requiredInteger, requiredText, requiredTimestamp } from './fields.ts';

/**
 * How good live predictions are, as their outcomes come in. Figures are of the labelled ones alone; null where they cannot be told: none is
 * labelled yet, or all have the same outcome. Log-loss is in nats; normalised entropy is log-loss over that of always saying the share
 * clicked (He et al. 2014, "Practical Lessons from Predicting Clicks on Ads at Facebook", section 3).
 */
export const clickQuality = dataset({
  name: 'click_quality',
  description: 'One row a window of time and model: how good its predictions were',
  key: ['window_start', 'model_version'],
  columns: {
    window_start: column(requiredTimestamp, {
      name: 'window_start',
      type: 'timestamp',
      description: 'When the window of predictions begins',
    }),
    window_end: column(requiredTimestamp, {
      name: 'window_end',
      type: 'timestamp',
      description: 'When it ends; the first moment after it',
    }),
    model_version: column(requiredText, { name: 'model_version', type: 'string', description: 'Model that made the predictions' }),
    predictions: column(requiredInteger, { name: 'predictions', type: 'long', description: 'Predictions made in the window' }),
    labelled: column(requiredInteger, { name: 'labelled', type: 'long', description: 'Those whose outcome is known' }),
    clicks: column(requiredInteger, { name: 'clicks', type: 'long', description: 'Those that were clicked' }),
    mean_probability: column(decimal, { name: 'mean_probability', type: 'double', description: 'Mean predicted probability' }),
    log_loss: column(decimal, { name: 'log_loss', type: 'double', description: 'Mean log-loss, nats' }),
    normalised_entropy: column(decimal, {
      name: 'normalised_entropy',
      type: 'double',
      description: 'Log-loss over that of the share clicked',
    }),
    calibration: column(decimal, {
      name: 'calibration',
      type: 'double',
      description: 'Mean predicted probability over the share clicked; 1 is right',
    }),
  },
});
