import { categories, streamOf, type Categories } from './impression-columns.ts';
import { Random } from './random.ts';

/** Share of impressions that are clicked, as in the published data. */
export const BASE_RATE = 0.17;

/** What moves the log-odds of a click: columns whose values together have an effect, and its standard deviation over them. */
const EFFECTS: readonly { readonly of: readonly (keyof Categories)[]; readonly sigma: number }[] = [
  { of: ['site_id', 'app_id'], sigma: 0.75 },
  { of: ['C17'], sigma: 0.5 },
  { of: ['C15', 'C16'], sigma: 0.6 },
  { of: ['banner_pos'], sigma: 0.35 },
  { of: ['device_type'], sigma: 0.3 },
  { of: ['device_conn_type'], sigma: 0.4 },
  { of: ['device_model'], sigma: 0.2 },
  // What no sum of single columns says.
  { of: ['site_category', 'banner_pos'], sigma: 0.5 },
  { of: ['app_category', 'device_conn_type'], sigma: 0.5 },
];
/** Swing of the log-odds over a day, and the hour (UTC) of its peak. */
const HOUR_SWING = 0.25;
const PEAK_HOUR = 2;
/** Impressions by which the intercept is found. */
const SAMPLE = 4_000;

/** The true probability that an impression is clicked: logistic in effects of its categories and of the hour, drawn by the seed. */
export class ClickTruth {
  private readonly effects = new Map<string, number>();
  private readonly intercept: number;
  private readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
    this.intercept = this.calibrated();
  }

  probability(drawn: Categories, hourOfDay: number): number {
    return logistic(this.intercept + this.score(drawn, hourOfDay));
  }

  private score(drawn: Categories, hourOfDay: number): number {
    const hour = HOUR_SWING * Math.cos(((hourOfDay - PEAK_HOUR) / 24) * 2 * Math.PI);
    return EFFECTS.reduce((sum, { of, sigma }) => sum + sigma * this.effect(of.map((name) => `${name}=${drawn[name]}`).join(' ')), hour);
  }

  /** Standard normal, by what it is the effect of. */
  private effect(name: string): number {
    let found = this.effects.get(name);
    if (found === undefined) {
      found = new Random(this.seed, streamOf(name)).normal();
      this.effects.set(name, found);
    }
    return found;
  }

  /** The intercept at which a sample is clicked as often as it should be: the popular categories' effects would else make it any rate. */
  private calibrated(): number {
    const random = new Random(this.seed, -1);
    const scores = Array.from({ length: SAMPLE }, () =>
      this.score(categories({ random, day: random.between(0, 10) }), random.integer(0, 23)),
    );
    let [low, high] = [-15, 10];
    while (high - low > 1e-6) {
      const middle = (low + high) / 2;
      const mean = scores.reduce((sum, score) => sum + logistic(middle + score), 0) / SAMPLE;
      if (mean < BASE_RATE) low = middle;
      else high = middle;
    }
    return low;
  }
}

function logistic(margin: number): number {
  return 1 / (1 + Math.exp(-margin));
}
