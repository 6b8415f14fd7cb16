/** @jsxRuntime automatic @jsxImportSource preact */
import { DailyBars } from './charts.tsx';
import type { DailyActivity } from './churn-data.ts';
import { count, counted, day, shortDay } from './format.ts';
import { Notice, Section } from './page.tsx';

export function ActivitySection({ activity }: { activity: readonly DailyActivity[] }) {
  const [first, last] = [activity.at(0), activity.at(-1)];
  if (!first || !last) {
    return (
      <Section id="activity" title="Activity over time">
        <Notice>The lake holds no event yet.</Notice>
      </Section>
    );
  }
  const calendar = everyDay(activity);
  const total = (of: (each: DailyActivity) => number) => activity.reduce((sum, each) => sum + of(each), 0);
  const period = first === last ? `on ${day(first.date)}` : `from ${day(first.date)} to ${day(last.date)}`;
  const summary = `${counted(
    total(({ events }) => events),
    'event',
  )} and ${counted(
    total(({ cancellations }) => cancellations),
    'cancellation',
  )} ${period}.`;
  const busiest = activity.reduce((best, each) => (each.events > best.events ? each : best));
  return (
    <Section id="activity" title="Activity over time" lede={summary}>
      <DailyBars
        id="activity-chart"
        title="Every day in the lake"
        description={`Busiest day: ${day(busiest.date)}, ${counted(busiest.events, 'event')} of ${counted(busiest.listeners, 'listener')}; ${count(activity.length)} ${activity.length === 1 ? 'day' : 'days'} with events. Days are UTC.`}
        days={calendar.map(({ date }) => shortDay(date))}
        series={[
          { name: 'Events', values: calendar.map(({ events }) => events), color: 'var(--series-1)' },
          { name: 'Listeners', values: calendar.map(({ listeners }) => listeners), color: 'var(--series-3)' },
          { name: 'Cancellations', values: calendar.map(({ cancellations }) => cancellations), color: 'var(--risk)' },
        ]}
      />
    </Section>
  );
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** A day without events has no row, and must not vanish from the time axis. */
function everyDay(activity: readonly DailyActivity[]): readonly DailyActivity[] {
  const byDate = new Map(activity.map((each) => [each.date, each]));
  const [from, to] = [activity.at(0), activity.at(-1)].map((each) => Date.parse(each?.date ?? ''));
  const days: DailyActivity[] = [];
  for (let at = from ?? NaN; at <= (to ?? NaN); at += DAY_MS) {
    const date = new Date(at).toISOString().slice(0, 10);
    days.push(byDate.get(date) ?? { date, events: 0, listeners: 0, cancellations: 0 });
  }
  return days;
}
