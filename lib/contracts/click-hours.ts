import { column, dataset } from './dataset.ts';
import { decimal, requiredInteger, requiredTimestamp } from './fields.ts';

/** What is known of the ad impressions of each hour: how many were clicked, and how many were predicted to be. */
export const clickHours = dataset({
  name: 'click_hours',
  description: 'One row an hour in which ads were shown: clicks, and what was predicted',
  key: ['hour'],
  columns: {
    hour: column(requiredTimestamp, { name: 'hour', type: 'timestamp', description: 'Hour in which they were shown' }),
    impressions: column(requiredInteger, { name: 'impressions', type: 'long', description: 'Impressions in the lake' }),
    labelled: column(requiredInteger, { name: 'labelled', type: 'long', description: 'Those whose outcome is known' }),
    clicks: column(requiredInteger, { name: 'clicks', type: 'long', description: 'Those that were clicked' }),
    predictions: column(requiredInteger, { name: 'predictions', type: 'long', description: 'Live impressions that were scored' }),
    mean_probability: column(decimal, {
      name: 'mean_probability',
      type: 'double',
      description: 'Mean predicted probability of those scored; null where none was',
    }),
  },
});
