import type { Dataset } from '../dataset.ts';
import { artists } from './artists.ts';
import { songplays } from './songplays.ts';
import { songs } from './songs.ts';
import { time } from './time.ts';
import { users } from './users.ts';

/** What happened. */
export const FACTS: readonly Dataset[] = [songplays];
/** Who, what and when: a new one is a file beside this one and a place in this list. */
export const DIMENSIONS: readonly Dataset[] = [users, songs, artists, time];
/** The star: every table of it. */
export const STAR: readonly Dataset[] = [...FACTS, ...DIMENSIONS];
