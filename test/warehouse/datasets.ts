import { z } from 'zod';
import { column, dataset } from '../../lib/contracts/dataset.ts';

/** A table of scores, a slice a cut-off. */
export const scores = dataset({
  name: 'scores',
  description: 'One row a user and cut-off',
  key: ['user_id', 'cutoff'],
  partitionBy: ['cutoff'],
  columns: {
    user_id: column(z.string(), { name: 'user_id', type: 'string', description: 'User' }),
    cutoff: column(z.string(), { name: 'cutoff', type: 'date', description: 'Cut-off' }),
    probability: column(z.number().nullable(), { name: 'probability', type: 'double', description: 'Probability' }),
  },
});

/** A table whose slices are its single rows. */
export const days = dataset({
  name: 'days',
  description: 'One row a day',
  key: ['day'],
  columns: {
    day: column(z.string(), { name: 'day', type: 'date', description: 'Day' }),
    events: column(z.int(), { name: 'events', type: 'long', description: 'Events' }),
  },
});
