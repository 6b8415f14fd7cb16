import { ADJECTIVES, FIRST_NAMES, LAST_NAMES, NOUNS, VERBS } from './names.ts';
import { cumulative, Random } from './random.ts';

export interface Song {
  readonly artist: string;
  readonly song: string;
  /** Seconds. */
  readonly length: number;
}

const SONGS = 8_000;
const ARTISTS = 2_500;
/** Zipf's exponent: with it the first artist has about 1 % of all plays, as in the published events. */
const POPULARITY_EXPONENT = 0.6;
/** The catalogue is the same for every seed, as a music service's is for all its listeners. */
const CATALOGUE_SEED = 20_250_101;

/** Invented songs, the most played first. */
export class Catalogue {
  private readonly songs: readonly Song[];
  private readonly popularity = cumulative(Array.from({ length: SONGS }, (_, rank) => (rank + 1) ** -POPULARITY_EXPONENT));

  constructor() {
    const random = new Random(CATALOGUE_SEED, 0);
    const artists = Array.from({ length: ARTISTS }, () => artistName(random));
    this.songs = Array.from({ length: SONGS }, () => ({
      artist: random.pick(artists),
      song: songTitle(random),
      length: songLength(random),
    }));
  }

  draw(random: Random): Song {
    return this.songs[random.weighted(this.popularity)]!;
  }
}

function artistName(random: Random): string {
  const form = random.uniform();
  if (form < 0.3) return `The ${random.pick(ADJECTIVES)} ${random.pick(NOUNS)}`;
  if (form < 0.5) return `${random.pick(ADJECTIVES)} ${random.pick(NOUNS)}`;
  if (form < 0.65) return `${random.pick(LAST_NAMES)} & The ${random.pick(NOUNS)}`;
  return `${random.pick(FIRST_NAMES[random.chance(0.5) ? 'F' : 'M'])} ${random.pick(LAST_NAMES)}`;
}

function songTitle(random: Random): string {
  const things = `${random.pick(ADJECTIVES)} ${random.pick(NOUNS)}`;
  const title = random.chance(0.5) ? things : `${random.pick(VERBS)} ${things}`;
  return random.chance(0.12) ? `${title} (${random.pick(['Live', 'Album Version', 'Remastered', 'Acoustic'])})` : title;
}

/** Median 235 s and mean 249 s, as in the published events. */
function songLength(random: Random): number {
  return Number(Math.min(1800, Math.max(30, random.lognormal(235, 0.34))).toFixed(5));
}
