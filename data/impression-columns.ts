import { cumulative, Random } from './random.ts';

/** What is known of an impression before anybody can click; by the names of the published data. */
export interface Categories {
  readonly C1: number;
  readonly banner_pos: number;
  readonly site_id: string;
  readonly site_domain: string;
  readonly site_category: string;
  readonly app_id: string;
  readonly app_domain: string;
  readonly app_category: string;
  readonly device_id: string;
  readonly device_ip: string;
  readonly device_model: string;
  readonly device_type: number;
  readonly device_conn_type: number;
  readonly C14: number;
  readonly C15: number;
  readonly C16: number;
  readonly C17: number;
  readonly C18: number;
  readonly C19: number;
  readonly C20: number;
  readonly C21: number;
}

export interface Draw {
  readonly random: Random;
  /** Days since the first, with a fraction. */
  readonly day: number;
}

/** What stands for `none` in the published data: an impression on a site has no app, one in an app no site, most devices no id. */
export const NO_SITE = { site_id: '85f751fd', site_domain: 'c4e18dd6', site_category: '50e219e0' } as const;
export const NO_APP = { app_id: 'ecad2386', app_domain: '7801e8d9', app_category: '07d7df22' } as const;
export const NO_DEVICE = 'a99f214a';

const IN_APP = 0.36;
const NO_DEVICE_ID = 0.8;
/** Of ranks by popularity; 1 is Zipf's own. */
const EXPONENT = 1.1;
/** New ones a day, of those that there are at first: they are never all known. */
const GROWTH = 0.08;

const BANNERS = weighted([
  [0, 72],
  [1, 27],
  [2, 0.4],
  [4, 0.3],
  [7, 0.3],
]);
const C1 = weighted([
  [1005, 92],
  [1002, 5.5],
  [1010, 2],
  [1012, 0.5],
]);
const DEVICE_TYPES = weighted([
  [1, 92],
  [0, 5.5],
  [4, 2],
  [5, 0.5],
]);
const CONNECTIONS = weighted([
  [0, 86],
  [2, 8.5],
  [3, 5],
  [5, 0.5],
]);
const SIZES = weighted<readonly [number, number]>([
  [[320, 50], 90],
  [[300, 250], 6],
  [[216, 36], 3],
  [[300, 50], 1],
]);

/** Draws what an impression is of. What hangs together in the world does here: a site has one domain and category, an ad one campaign. */
export function categories({ random, day }: Draw): Categories {
  const rank = (first: number) => zipf(first * (1 + GROWTH * day), random);
  const inApp = random.chance(IN_APP);
  const place = rank(inApp ? 120 : 160);
  const ad = rank(240);
  const campaign = ad % 60;
  const [width, height] = SIZES(random);
  return {
    C1: C1(random),
    banner_pos: BANNERS(random),
    ...(inApp ? NO_SITE : named('site', place, { domain: 110, category: 14 })),
    ...(inApp ? named('app', place, { domain: 40, category: 12 }) : NO_APP),
    device_id: random.chance(NO_DEVICE_ID) ? NO_DEVICE : code('device_id', rank(20_000)),
    device_ip: code('device_ip', rank(60_000)),
    device_model: code('device_model', rank(300)),
    device_type: DEVICE_TYPES(random),
    device_conn_type: CONNECTIONS(random),
    C14: 15_000 + ad * 17,
    C15: width,
    C16: height,
    C17: 1_700 + campaign * 11,
    C18: campaign % 4,
    C19: [35, 39, 167, 161, 47, 1_327][campaign % 6]!,
    C20: random.chance(0.47) ? -1 : 100_000 + rank(120),
    C21: [23, 221, 79, 48, 71, 61, 157, 32, 33, 52][campaign % 10]!,
  };
}

function named<Kind extends 'site' | 'app'>(kind: Kind, place: number, few: { domain: number; category: number }) {
  return {
    [`${kind}_id`]: code(`${kind}_id`, place),
    [`${kind}_domain`]: code(`${kind}_domain`, place % few.domain),
    [`${kind}_category`]: code(`${kind}_category`, place % few.category),
  } as Record<`${Kind}_${'id' | 'domain' | 'category'}`, string>;
}

/** A rank from 0 by popularity, of `count` that there are: the inverse of the continuous distribution, which has no table to grow. */
function zipf(count: number, random: Random): number {
  const power = 1 - EXPONENT;
  const last = (Math.floor(count) + 1) ** power;
  return Math.min(Math.floor(count) - 1, Math.floor((1 + random.uniform() * (last - 1)) ** (1 / power)) - 1);
}

function weighted<Value>(values: readonly (readonly [Value, number])[]): (random: Random) => Value {
  const sums = cumulative(values.map(([, weight]) => weight));
  return (random) => values[random.weighted(sums)]![0];
}

const codes = new Map<string, string>();
/** Eight hexadecimal digits that look like nothing, as publishers' hashes do; the same for every seed. */
function code(column: string, rank: number): string {
  const name = `${column} ${rank}`;
  let found = codes.get(name);
  if (found === undefined) {
    found = new Random(streamOf(column), rank)
      .integer(0, 2 ** 32 - 1)
      .toString(16)
      .padStart(8, '0');
    codes.set(name, found);
  }
  return found;
}

/** A number for a text, for random streams. */
export function streamOf(text: string): number {
  let bits = 7;
  for (const character of text) bits = (Math.imul(bits, 31) + character.charCodeAt(0)) | 0;
  return bits;
}
