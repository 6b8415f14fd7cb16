import type { CatalogueSong } from './catalogue.ts';
import { REQUESTS } from './pages.ts';
import type { Truth } from './simulate.ts';
import type { PageView } from './visit.ts';

/** A page view as a line of the published form: names in alphabetical order, a field that has no value left out, `userId` "" when logged out. */
export function eventLine({ listener, sessionId, itemInSession, ts, page, auth, level, song }: PageView): string {
  const { method, status } = REQUESTS[page];
  const visit = { itemInSession, level, method, page, sessionId, status, ts };
  if (auth === 'Logged Out' || auth === 'Guest') return line({ auth, ...visit, userId: '' });
  const { userId, firstName, lastName, gender, location, userAgent } = listener.person;
  return line({
    artist: song?.artist,
    auth,
    firstName,
    gender,
    itemInSession,
    lastName,
    length: song?.length,
    level,
    location,
    method,
    page,
    registration: listener.registration,
    sessionId,
    song: song?.song,
    status,
    ts,
    userAgent,
    userId,
  });
}

export function truthLine({ userId, cutoff, probability }: Truth, horizonDays: number): string {
  return line({ userId, cutoff: dateOf(cutoff), horizonDays, probability: Number(probability.toFixed(6)) });
}

/** A song as a line of the published form; the fields are in its order. @param songs how many the file holds */
export function songLine({ songId, artist, song, length, year, by }: CatalogueSong, songs: number): string {
  return line({
    num_songs: songs,
    artist_id: by.artistId,
    artist_latitude: by.latitude,
    artist_longitude: by.longitude,
    artist_location: by.location,
    artist_name: artist,
    song_id: songId,
    title: song,
    duration: length,
    year,
  });
}

/** `YYYY-MM-DD` of an instant, UTC. */
export function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
