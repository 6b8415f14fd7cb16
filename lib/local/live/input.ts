import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdImpression } from '../../contracts/ad-impression.ts';
import type { Home } from '../home.ts';
import { openFile } from '../../../lambdas/shared/sources.ts';
import { impressionsIn, isPast, splitOf, type Split } from './split.ts';

export interface LiveSettings {
  /** Impressions a second. */
  readonly rate: number;
  /** Goes on after the files' end, until it is stopped. */
  readonly follow: boolean;
  /** What comes after the files' end, by number from 0. @default - the files' live impressions again, under ids of their own */
  readonly more?: { readonly at: (index: number) => AdImpression; readonly aRun: number };
}

/** Which of a run's impressions are past, and which are live; how many of the live ones earlier runs have sent. */
export class LiveInput {
  /** Stops the flow, and nothing else: the run goes on. */
  readonly stop = new AbortController();
  /** Whether impressions are flowing now. */
  flowing = false;
  private split: Promise<Split> | undefined;
  private files: readonly string[] = [];
  private ids: readonly string[] = [];

  constructor(
    readonly settings: LiveSettings,
    private readonly home: Home,
    private readonly signal: AbortSignal,
  ) {}

  /** What of the files is past. `name` tells one division of the files from another. */
  async past(files: readonly string[]): Promise<{ name: string; holds: (row: Readonly<Record<string, unknown>>) => boolean }> {
    const known = await Promise.all(files.map(async (file) => ({ file, id: (await openFile(file, this.signal)).id })));
    // In whatever order files are named, they are the same files: of what was sent, and what is left.
    known.sort((one, other) => (one.id < other.id ? -1 : 1));
    this.files = known.map(({ file }) => file);
    this.ids = known.map(({ id }) => id);
    const split = await (this.split ??= splitOf(files, this.signal));
    return { name: nameOf(split), holds: (row) => isPast(split, row as AdImpression) };
  }

  /** What this run is to send: `impressions` is without end where it goes on until it is stopped. */
  async left(): Promise<{ sent: number; count: number; impressions: AsyncIterable<AdImpression> }> {
    const split = await this.split!;
    const sent = await this.readSent();
    let ofFiles = 0;
    for await (const impression of impressionsIn(this.files, this.signal)) if (!isPast(split, impression)) ofFiles++;
    const { follow, more } = this.settings;
    // What a file holds is sent once; what is generated has no end, and each run takes some of it.
    const until = sent < ofFiles ? ofFiles : sent + (more?.aRun ?? 0);
    const count = follow && (ofFiles > 0 || more) ? Infinity : until - sent;
    return { sent, count, impressions: limited(this.live(split, ofFiles), sent, count) };
  }

  /** Keeps how many live impressions have been sent, with what became of them. */
  async keep(sent: number): Promise<void> {
    await mkdir(this.home.replayed(), { recursive: true });
    const file = await this.sentFile();
    await writeFile(`${file}.new`, JSON.stringify({ sent }));
    await rename(`${file}.new`, file);
  }

  private async *live(split: Split, ofFiles: number): AsyncGenerator<AdImpression> {
    for await (const impression of impressionsIn(this.files, this.signal)) if (!isPast(split, impression)) yield impression;
    const { more } = this.settings;
    for (let index = 0; more; index++) yield more.at(index);
    for (let again = 2; ofFiles > 0; again++) {
      for await (const impression of impressionsIn(this.files, this.signal))
        if (!isPast(split, impression)) yield { ...impression, id: `${impression.id}-${again}` };
    }
  }

  private async readSent(): Promise<number> {
    const text = await readFile(await this.sentFile(), 'utf8').catch(() => '{"sent": 0}');
    return (JSON.parse(text) as { sent: number }).sent;
  }

  private async sentFile(): Promise<string> {
    const files = createHash('sha256').update(this.ids.join(' ')).digest('hex').slice(0, 16);
    return join(this.home.replayed(), `live-${files}-${nameOf(await this.split!)}.json`);
  }
}

async function* limited<T>(all: AsyncIterable<T>, skip: number, count: number): AsyncGenerator<T> {
  let at = 0;
  if (count <= 0) return;
  for await (const each of all) {
    if (at >= skip) yield each;
    if (++at >= skip + count) return;
  }
}

const nameOf = ({ hour, share }: Split) => `until-${hour}-${share.toFixed(6)}`;
