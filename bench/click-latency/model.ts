import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { adImpression } from '../../lib/contracts/ad-impression.ts';

const VERSION = 'bench';
const BUCKETS = 2 ** 18;
/** Of a day's model; the rest of the buckets were never met. */
const WEIGHTS = 2 ** 16;

/** A model of the size of a real one: every column by itself and some crossed. Its weights mean nothing; no model is quicker for being right. */
export async function writeModel(models: string): Promise<void> {
  const folder = join(models, VERSION);
  await mkdir(folder, { recursive: true });
  const columns = adImpression.fields.filter(({ role }) => role === 'feature').map(({ name }) => name);
  const crossed = [
    ['site_id', 'c21'],
    ['app_id', 'c14'],
    ['device_model', 'banner_pos'],
    ['hour_of_day', 'site_category'],
  ];
  const indexes = Uint32Array.from({ length: WEIGHTS }, (_, at) => at * (BUCKETS / WEIGHTS));
  const weights = Float64Array.from(indexes, (index) => Math.sin(index) / 10);
  const model = {
    format: 1,
    version: VERSION,
    trainedUntil: '2014-10-21T00:00:00Z',
    buckets: BUCKETS,
    terms: [...columns.map((name) => [name]), ...crossed],
    intercept: -1.6,
    indexes: Buffer.from(indexes.buffer).toString('base64'),
    weights: Buffer.from(weights.buffer).toString('base64'),
    threshold: 0.5,
    baseRate: 0.17,
  };
  await writeFile(join(folder, 'model.json'), JSON.stringify(model));
  await writeFile(join(folder, 'evaluation.json'), '{}');
  await writeFile(join(models, 'latest.json'), JSON.stringify({ version: VERSION }));
}
