import { column, dataset } from './dataset.ts';
import { requiredIdentifier, requiredOutcome, requiredTimestamp } from './fields.ts';

/** What became of an ad impression: sent once it is known, some time after the impression. */
export const adClick = dataset({
  name: 'ad_clicks',
  description: 'One ad impression whose outcome is known a row',
  key: ['id'],
  columns: {
    id: column(requiredIdentifier, { name: 'id', type: 'string', description: 'Impression' }),
    click: column(requiredOutcome, { name: 'click', type: 'int', description: 'Whether it was clicked: 1 or 0', role: 'label' }),
    knownAt: column(requiredTimestamp, { name: 'known_at', type: 'timestamp', description: 'When the outcome was known' }),
  },
});
