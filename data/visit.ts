import type { DayOutcome, Level } from './behaviour.ts';
import type { Catalogue, Song } from './catalogue.ts';
import { type Listener, MS_PER_SECOND } from './listeners.ts';
import { type Distractions, distractions, type Page, songsFactor, tone } from './pages.ts';

type Auth = 'Logged In' | 'Logged Out' | 'Guest' | 'Cancelled';

/** One page view, before it is written out. */
export interface PageView {
  readonly listener: Listener;
  readonly sessionId: number;
  readonly itemInSession: number;
  /** Epoch milliseconds. */
  readonly ts: number;
  readonly page: Page;
  readonly auth: Auth;
  readonly level: Level;
  readonly song: Song | undefined;
}

/** A visit as planned; all times are epoch milliseconds. */
export interface Plan {
  readonly listener: Listener;
  readonly start: number;
  /** No page view is at or after it. */
  readonly limit: number;
  readonly levelBefore: Level;
  readonly outcome: DayOutcome;
  /** The visit in which the listener registers. */
  readonly registers: boolean;
}

const SONGS_SIGMA = 0.9;
/** Most new listeners register where these events do not come from, so few registrations are seen. */
const SEEN_REGISTRATIONS = 0.1;
/** The last pages of a visit come within this time after its last song began to end. */
const CLOSING_MS = 120 * MS_PER_SECOND;

/** The page views of one visit, in order. */
export function visit(plan: Plan, sessionId: number, catalogue: Catalogue): PageView[] {
  const visitor = new Visitor(plan, sessionId);
  visitor.arrive();
  visitor.listen(catalogue);
  visitor.leave();
  return visitor.views;
}

class Visitor {
  readonly views: PageView[] = [];
  private readonly plan: Plan;
  private readonly sessionId: number;
  private ts: number;
  private auth: Auth = 'Logged In';
  private level: Level;
  private readonly tone: number;
  private distractions: Distractions;

  constructor(plan: Plan, sessionId: number) {
    this.plan = plan;
    this.sessionId = sessionId;
    this.ts = plan.start;
    this.level = plan.levelBefore;
    this.tone = tone(plan.outcome.experience, plan.outcome.state.mood);
    this.distractions = distractions(this.level, this.tone);
  }

  arrive(): void {
    const { listener, registers } = this.plan;
    const { random } = listener;
    if (registers) this.register();
    else if (random.chance(0.4)) this.logIn();
    if (random.chance(0.6)) this.view('Home');
  }

  /** Songs one after the other, each as long as it lasts, with at most one other page during each. */
  listen(catalogue: Catalogue): void {
    const { listener, limit, outcome } = this.plan;
    const { random } = listener;
    const songs = Math.ceil(random.lognormal(listener.songs * songsFactor(this.tone), SONGS_SIGMA));
    const changeAt = outcome.state.level === this.level ? -1 : random.integer(0, songs);
    for (let played = 0; played < songs; played++) {
      const song = catalogue.draw(random);
      const end = this.ts + Math.floor(song.length) * MS_PER_SECOND;
      if (end + CLOSING_MS > limit) break;
      if (played === changeAt) this.changeLevel();
      this.view('NextSong', song);
      this.distract();
      this.ts = Math.max(this.ts, end);
    }
    if (this.level !== outcome.state.level) this.changeLevel();
  }

  leave(): void {
    const { listener, outcome } = this.plan;
    const { random } = listener;
    if (outcome.cancelled) {
      this.view(this.level === 'paid' ? 'Downgrade' : 'Roll Advert');
      this.view('Cancel');
      this.auth = 'Cancelled';
      this.view('Cancellation Confirmation');
    } else if (random.chance(0.5)) this.logOut();
    listener.lastSeen = this.ts;
  }

  private distract(): void {
    const { listener } = this.plan;
    const { pages, cumulative } = this.distractions;
    const page = pages[listener.random.weighted(cumulative)];
    if (page === undefined) return;
    this.pause(5, 25);
    if (page === 'Logout') {
      this.logOut();
      this.logIn();
      return this.view('Home');
    }
    this.view(page);
    if (page === 'Settings' && listener.random.chance(0.2)) this.view('Save Settings');
  }

  private register(): void {
    const { listener } = this.plan;
    if (listener.random.chance(SEEN_REGISTRATIONS)) {
      this.auth = 'Guest';
      this.view('Home');
      this.view('Register');
      this.view('Submit Registration');
      this.auth = 'Logged In';
    }
    listener.registration = this.ts;
    this.pause(10, 60);
  }

  private logOut(): void {
    this.view('Logout');
    this.auth = 'Logged Out';
    const { random } = this.plan.listener;
    if (random.chance(0.85)) this.view('Home');
    if (random.chance(0.25)) this.view(random.chance(0.62) ? 'About' : 'Help');
  }

  private logIn(): void {
    this.auth = 'Logged Out';
    if (this.plan.listener.random.chance(0.75)) this.view('Home');
    this.view('Login');
    this.auth = 'Logged In';
  }

  private changeLevel(): void {
    const upgrade = this.level === 'free';
    this.view(upgrade ? 'Upgrade' : 'Downgrade');
    this.view(upgrade ? 'Submit Upgrade' : 'Submit Downgrade');
    this.level = upgrade ? 'paid' : 'free';
    this.distractions = distractions(this.level, this.tone);
    this.view('Home');
  }

  /** Views a page now; the next one comes a few seconds later. */
  private view(page: Page, song?: Song): void {
    const { listener } = this.plan;
    const itemInSession = this.views.length;
    this.views.push({ listener, sessionId: this.sessionId, itemInSession, ts: this.ts, page, auth: this.auth, level: this.level, song });
    this.pause(1, 9);
  }

  private pause(low: number, high: number): void {
    this.ts += this.plan.listener.random.integer(low, high) * MS_PER_SECOND;
  }
}
