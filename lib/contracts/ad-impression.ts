import type { z } from 'zod';
import { column, dataset, type Column } from './dataset.ts';
import { integer, outcome, requiredIdentifier, requiredTimestamp, textOrBlank } from './fields.ts';

/** A category as text; what it stands for is the publisher's secret. */
const category = (name: string, description: string) =>
  column(textOrBlank, { name, type: 'string', description, role: 'feature' } satisfies Column);
/** A category written as a number. */
const code = (name: string, description: string) =>
  column(integer, { name: name.toLowerCase(), type: 'int', description, role: 'feature' } satisfies Column);

/**
 * One ad shown to somebody. One that carries its outcome is history, and a model learns from it; one that does not is live, and is scored:
 * its outcome follows as an {@link adClick}. What has the role `feature` is known before anybody can click. Fields it does not know are dropped.
 */
export const adImpression = dataset({
  name: 'ad_impressions',
  description: 'One ad shown a row',
  key: ['id'],
  columns: {
    id: column(requiredIdentifier, { name: 'id', type: 'string', description: 'Impression' }),
    click: column(outcome, {
      name: 'click',
      type: 'int',
      description: 'Whether it was clicked: 1 or 0; null where not known yet',
      role: 'label',
    }),
    hour: column(requiredTimestamp, { name: 'hour', type: 'timestamp', description: 'Hour in which it was shown' }),
    C1: code('C1', 'Anonymised category'),
    banner_pos: code('banner_pos', 'Position of the banner on the page'),
    site_id: category('site_id', 'Site it was shown on'),
    site_domain: category('site_domain', 'Domain of the site'),
    site_category: category('site_category', 'Category of the site'),
    app_id: category('app_id', 'App it was shown in'),
    app_domain: category('app_domain', 'Domain of the app'),
    app_category: category('app_category', 'Category of the app'),
    device_id: category('device_id', 'Device; many share one where it tells none'),
    device_ip: category('device_ip', 'Address of the device, hashed by the publisher'),
    device_model: category('device_model', 'Model of the device'),
    device_type: code('device_type', 'Kind of device'),
    device_conn_type: code('device_conn_type', 'Kind of connection'),
    C14: code('C14', 'Anonymised category'),
    C15: code('C15', 'Anonymised category: width of the banner'),
    C16: code('C16', 'Anonymised category: height of the banner'),
    C17: code('C17', 'Anonymised category'),
    C18: code('C18', 'Anonymised category'),
    C19: code('C19', 'Anonymised category'),
    C20: code('C20', 'Anonymised category; -1 where there is none'),
    C21: code('C21', 'Anonymised category'),
  },
});

export type AdImpression = z.infer<typeof adImpression.schema>;
