/** @jsxRuntime automatic @jsxImportSource preact */
import { LineBands } from './bands.tsx';
import { STROKES, type Stroke } from './charts.tsx';
import { count, counted, day, month, percent, quantity, shortDay } from './format.ts';
import { Section } from './page.tsx';
import type { PeriodListening, SongplaysData, Subscription, Unit } from './songplays-data.ts';
import { FactsTable } from './table.tsx';

const LOOKS: Record<Subscription, { readonly name: string; readonly stroke: Stroke }> = {
  paid: { name: 'paid', stroke: STROKES[0]! },
  free: { name: 'free', stroke: STROKES[1]! },
  other: { name: 'neither free nor paid', stroke: STROKES[2]! },
};
const IN_WORDS: Record<Unit, string> = { day: 'Every day', week: 'Every week', month: 'Every month' };

/** Who pays: plays and listeners by subscription, in all and over time. */
export function SubscriptionsSection({ data }: { data: SongplaysData }) {
  const { totals, subscriptions, changed, unit } = data;
  if (!totals) return null;
  const times = everyPeriod(data);
  const paid = subscriptions.find(({ subscription }) => subscription === 'paid')?.plays ?? 0;
  const band = (name: string, of: (each: PeriodListening) => number) => ({
    name,
    lines: subscriptions.map(({ subscription }) => ({
      ...LOOKS[subscription],
      values: valuesAt(data.periods, subscription, times, of),
    })),
  });
  return (
    <Section id="subscriptions" title="Free and paid" lede={lede(paid / totals.plays, changed)}>
      <LineBands
        id="subscriptions-chart"
        title={IN_WORDS[unit]}
        description={describe(data)}
        times={times.map((each) => label(each, unit, times))}
        bands={[band('Plays', ({ plays }) => plays), band('Listeners', ({ listeners }) => listeners)]}
      />
      <FactsTable
        caption="Listening by subscription"
        head={['Subscription', 'Plays', 'Share of plays', 'Hours', 'Listeners', 'Plays per listener']}
        rows={subscriptions.map(({ subscription, plays, hours, listeners }) => [
          LOOKS[subscription].name,
          count(plays),
          percent(plays / totals.plays),
          quantity(hours),
          count(listeners),
          quantity(listeners > 0 ? plays / listeners : null),
        ])}
      />
    </Section>
  );
}

function lede(paid: number, changed: number): string {
  const share = `${percent(paid)} of all plays were of paying listeners, by their subscription at that moment.`;
  if (changed === 0) return share;
  return `${share} ${counted(changed, 'listener')} played songs both as a free and as a paying one, and ${changed === 1 ? 'counts' : 'count'} in both.`;
}

function describe({ unit, periods }: SongplaysData): string {
  const totals = new Map<string, number>();
  for (const { begins, plays } of periods) totals.set(begins, (totals.get(begins) ?? 0) + plays);
  const [begins, plays] = [...totals].reduce((best, each) => (each[1] > best[1] ? each : best));
  const at = unit === 'day' ? day(begins) : unit === 'week' ? `that of ${day(begins)}` : month(begins);
  const cut = unit === 'day' ? 'Days are UTC.' : `The first and the last ${unit} may be cut short by the period; times are UTC.`;
  return `Busiest ${unit}: ${at}, ${counted(plays, 'play')}. ${cut}`;
}

/** A period without plays has no row, and must not vanish from the time axis. */
function everyPeriod({ periods, unit }: SongplaysData): string[] {
  const last = periods.at(-1)?.begins ?? '';
  const all: string[] = [];
  for (let at = periods[0]?.begins ?? 'none'; at <= last; at = following(at, unit)) all.push(at);
  return all;
}

function following(begins: string, unit: Unit): string {
  const date = new Date(begins);
  if (unit === 'month') date.setUTCMonth(date.getUTCMonth() + 1);
  else date.setUTCDate(date.getUTCDate() + (unit === 'week' ? 7 : 1));
  return date.toISOString().slice(0, 10);
}

function valuesAt(
  periods: readonly PeriodListening[],
  subscription: Subscription,
  times: readonly string[],
  of: (each: PeriodListening) => number,
): number[] {
  const found = new Map(periods.filter((each) => each.subscription === subscription).map((each) => [each.begins, of(each)]));
  return times.map((begins) => found.get(begins) ?? 0);
}

/** The year is said where there is more than one. */
function label(begins: string, unit: Unit, times: readonly string[]): string {
  if (unit === 'month') return month(begins);
  const years = new Set(times.map((each) => each.slice(0, 4)));
  return years.size > 1 ? `${shortDay(begins)} ${begins.slice(0, 4)}` : shortDay(begins);
}
