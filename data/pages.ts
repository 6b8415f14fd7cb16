import { type Experience, type Level, MOODS } from './behaviour.ts';
import { cumulative } from './random.ts';

/** How each page is requested, as in the published events. */
export const REQUESTS = {
  About: { method: 'GET', status: 200 },
  'Add Friend': { method: 'PUT', status: 307 },
  'Add to Playlist': { method: 'PUT', status: 200 },
  Cancel: { method: 'PUT', status: 307 },
  'Cancellation Confirmation': { method: 'GET', status: 200 },
  Downgrade: { method: 'GET', status: 200 },
  Error: { method: 'GET', status: 404 },
  Help: { method: 'GET', status: 200 },
  Home: { method: 'GET', status: 200 },
  Login: { method: 'PUT', status: 307 },
  Logout: { method: 'PUT', status: 307 },
  NextSong: { method: 'PUT', status: 200 },
  Register: { method: 'GET', status: 200 },
  'Roll Advert': { method: 'GET', status: 200 },
  'Save Settings': { method: 'PUT', status: 307 },
  Settings: { method: 'GET', status: 200 },
  'Submit Downgrade': { method: 'PUT', status: 307 },
  'Submit Registration': { method: 'PUT', status: 307 },
  'Submit Upgrade': { method: 'PUT', status: 307 },
  'Thumbs Down': { method: 'PUT', status: 307 },
  'Thumbs Up': { method: 'PUT', status: 307 },
  Upgrade: { method: 'GET', status: 200 },
} as const;

export type Page = keyof typeof REQUESTS;

/**
 * What is seen of a listener's mood: a visit has a tone from 0 (content) to 1 (fed up), made of the day's experience and of the mood it left
 * behind, and every rate below moves with it in a straight line. That is what a model can learn the mood from.
 */
export function tone(experience: Experience, mood: number): number {
  return 0.3 * EXPERIENCE_TONE[experience] + (0.7 * mood) / (MOODS - 1);
}
const EXPERIENCE_TONE: Record<Experience, number> = { good: 0, mixed: 0.4, bad: 1 };

/** A rate of the most content and of the most fed up visit. */
type Range = readonly [content: number, fedUp: number];
type Rates = Partial<Record<Page, Range>>;

/** Chance that the page is viewed during a song; a song has at most one of them. Their means are the published shares of the pages. */
const ANY_LEVEL: Rates = {
  'Thumbs Up': [0.07, 0.01],
  'Thumbs Down': [0.001, 0.047],
  'Add to Playlist': [0.036, 0.008],
  'Add Friend': [0.022, 0.007],
  Error: [0.0003, 0.0046],
  Help: [0.0045, 0.012],
  Home: [0.026, 0.026],
  Settings: [0.007, 0.007],
  About: [0.0023, 0.0023],
  Logout: [0.008, 0.008],
};
const OF_LEVEL: Record<Level, Rates> = {
  free: { 'Roll Advert': [0.022, 0.16], Upgrade: [0.008, 0.004] },
  paid: { 'Roll Advert': [0.001, 0.001], Downgrade: [0.009, 0.022] },
};

/** Factor on the listener's usual number of songs in a visit. */
const SONGS_FACTOR: Range = [1.2, 0.5];

export function songsFactor(tone: number): number {
  return at(SONGS_FACTOR, tone);
}

/** What may be viewed during a song: page i with the weight between running sums i - 1 and i; the last one stands for none. */
export interface Distractions {
  readonly pages: readonly (Page | undefined)[];
  readonly cumulative: readonly number[];
}

export function distractions(level: Level, tone: number): Distractions {
  const rates = Object.entries({ ...ANY_LEVEL, ...OF_LEVEL[level] }) as [Page, Range][];
  const weights = rates.map(([, range]) => at(range, tone));
  const none = 1 - weights.reduce((sum, weight) => sum + weight, 0);
  return { pages: [...rates.map(([page]) => page), undefined], cumulative: cumulative([...weights, none]) };
}

function at([content, fedUp]: Range, tone: number): number {
  return content + (fedUp - content) * tone;
}
