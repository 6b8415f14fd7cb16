import { cumulative, Random } from './random.ts';
import { ClickTruth } from './click-truth.ts';
import { categories, type Categories, type Draw } from './impression-columns.ts';

/** One ad shown to somebody, its true probability to be clicked, and what became of it. */
export interface Impression {
  /** 20 digits, as the published ones. */
  readonly id: string;
  readonly click: 0 | 1;
  /** Epoch milliseconds. */
  readonly hour: number;
  readonly categories: Categories;
  readonly probability: number;
}

export interface ImpressionOptions {
  /** Impressions of {@link IMPRESSION_DAYS} days: how dense they are. */
  readonly rows: number;
  readonly seed: number;
  /** Epoch milliseconds of the first midnight (UTC). */
  readonly start: number;
}

/** Days that the rows asked for are spread over; what comes after them goes on at the same rate. */
export const IMPRESSION_DAYS = 10;
const MS_PER_HOUR = 60 * 60 * 1000;
/** How busy each hour of a day is (UTC). */
const BUSY = cumulative([24, 22, 24, 28, 38, 46, 48, 50, 54, 58, 56, 52, 54, 58, 56, 54, 52, 46, 40, 36, 34, 32, 28, 26]);

/**
 * The impressions of a seed, by number from 0 and without end, in order of time. Each draws from a random stream of its own: it is the same
 * whoever asks, and in whichever order. Other options are other impressions: their ids do not meet.
 */
export class Impressions {
  private readonly truth: ClickTruth;
  private readonly family: string;
  private readonly perDay: number;
  private readonly options: ImpressionOptions;

  constructor(options: ImpressionOptions) {
    const { rows, seed, start } = options;
    this.options = options;
    this.perDay = rows / IMPRESSION_DAYS;
    this.truth = new ClickTruth(seed);
    this.family = String(new Random(seed ^ (start / MS_PER_HOUR), rows).integer(0, 99_999_999)).padStart(8, '0');
  }

  at(index: number): Impression {
    const { day, hourOfDay } = this.timeOf(index);
    const random = new Random(this.options.seed, index);
    const draw: Draw = { random, day: index / this.perDay };
    const drawn = categories(draw);
    const probability = this.truth.probability(drawn, hourOfDay);
    return {
      id: `1${this.family}${String(index).padStart(11, '0')}`,
      click: random.chance(probability) ? 1 : 0,
      hour: this.options.start + (day * 24 + hourOfDay) * MS_PER_HOUR,
      categories: drawn,
      probability,
    };
  }

  private timeOf(index: number): { day: number; hourOfDay: number } {
    const day = Math.floor(index / this.perDay);
    const share = (index - day * this.perDay) / this.perDay;
    const reached = share * BUSY.at(-1)!;
    return { day, hourOfDay: BUSY.findIndex((until) => reached < until) };
  }
}
