import { ADJECTIVES, FIRST_NAMES, LAST_NAMES, NOUNS, PLACES, VERBS } from './names.ts';
import { cumulative, Random } from './random.ts';

export interface Song {
  readonly artist: string;
  readonly song: string;
  /** Seconds. */
  readonly length: number;
}

/** A song as the file of the catalogue has it. */
export interface CatalogueSong extends Song {
  readonly songId: string;
  readonly by: Artist;
  /** Of release; 0 where it is not known. */
  readonly year: number;
}

export interface Artist {
  readonly artistId: string;
  /** "" where it is not known. */
  readonly location: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

const SONGS = 8_000;
const ARTISTS = 2_500;
/** Zipf's exponent: with it the first artist has about 1 % of all plays, as in the published events. */
const POPULARITY_EXPONENT = 0.6;
/** The catalogue is the same for every seed, as a music service's is for all its listeners. */
const CATALOGUE_SEED = 20_250_101;
/** What is only in the catalogue's file is drawn from streams of its own: more of it leaves the events as they are. */
const STREAM = { played: 0, artists: 1, songs: 2 };

/** Share of the songs that the file of the catalogue lacks. */
const MISSING_SHARE = 0.12;
/** Share of artists of whom it is not known where they are from; a part of the others has a location and no coordinates. */
const UNKNOWN_PLACE_SHARE = 0.3;
const NO_COORDINATES_SHARE = 0.25;
const UNKNOWN_YEAR_SHARE = 0.35;
/** Share of songs whose length the file has in whole seconds: a play finds them all the same. */
const ROUNDED_SHARE = 0.1;
const NEWEST_YEAR = 2025;
const MEAN_AGE_YEARS = 14;
const OLDEST_YEAR = 1955;

/** Invented songs, the most played first. */
export class Catalogue {
  private readonly artists: readonly string[];
  private readonly songs: readonly (Song & { readonly artistIndex: number })[];
  private readonly popularity = cumulative(Array.from({ length: SONGS }, (_, rank) => (rank + 1) ** -POPULARITY_EXPONENT));

  constructor() {
    const random = new Random(CATALOGUE_SEED, STREAM.played);
    this.artists = Array.from({ length: ARTISTS }, () => artistName(random));
    this.songs = Array.from({ length: SONGS }, () => {
      const artistIndex = random.integer(0, ARTISTS - 1);
      return { artistIndex, artist: this.artists[artistIndex]!, song: songTitle(random), length: songLength(random) };
    });
  }

  draw(random: Random): Song {
    return this.songs[random.weighted(this.popularity)]!;
  }

  /** What the file of the catalogue holds: most of the songs, and what is known of their artists. */
  listed(): CatalogueSong[] {
    const artists = this.describedArtists();
    const random = new Random(CATALOGUE_SEED, STREAM.songs);
    return this.songs.flatMap(({ artistIndex, artist, song, length }, index) => {
      const missing = random.chance(MISSING_SHARE);
      const listedLength = random.chance(ROUNDED_SHARE) ? Math.round(length) : length;
      const listed = {
        songId: identifier('SO', index),
        by: artists[artistIndex]!,
        artist,
        song,
        length: listedLength,
        year: songYear(random),
      };
      return missing ? [] : [listed];
    });
  }

  /** Artists who share a name are two all the same. */
  private describedArtists(): Artist[] {
    const random = new Random(CATALOGUE_SEED, STREAM.artists);
    return this.artists.map((_, index) => {
      const [location, latitude, longitude] = random.pick(PLACES);
      const known = !random.chance(UNKNOWN_PLACE_SHARE);
      const measured = !random.chance(NO_COORDINATES_SHARE) && known;
      return {
        artistId: identifier('AR', index),
        location: known ? location : '',
        latitude: measured ? latitude : null,
        longitude: measured ? longitude : null,
      };
    });
  }
}

/** 18 letters and digits as published ids have, and plainly none of them. */
function identifier(kind: 'SO' | 'AR', index: number): string {
  return `${kind}MILLRACE${String(index + 1).padStart(8, '0')}`;
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

/** Newer songs are more. */
function songYear(random: Random): number {
  const year = Math.max(OLDEST_YEAR, NEWEST_YEAR - Math.floor(random.exponential(MEAN_AGE_YEARS)));
  return random.chance(UNKNOWN_YEAR_SHARE) ? 0 : year;
}
