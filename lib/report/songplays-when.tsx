/** @jsxRuntime automatic @jsxImportSource preact */
import { count, percent, quantity, shortCount } from './format.ts';
import { HeatMap } from './heat-map.tsx';
import { Section } from './page.tsx';
import { daysOf, type Slot, type SongplaysData, type Totals } from './songplays-data.ts';
import { FactsTable } from './table.tsx';

/** Monday first; numbers are those of the time table. */
const WEEKDAYS = [
  { number: 1, name: 'Monday' },
  { number: 2, name: 'Tuesday' },
  { number: 3, name: 'Wednesday' },
  { number: 4, name: 'Thursday' },
  { number: 5, name: 'Friday' },
  { number: 6, name: 'Saturday' },
  { number: 0, name: 'Sunday' },
] as const;
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** When songs were played: by hour and weekday. */
export function WhenSection({ data: { totals, slots } }: { data: SongplaysData }) {
  if (!totals) return null;
  const average = averages(slots, totals);
  const known = WEEKDAYS.flatMap(({ number, name }) =>
    HOURS.flatMap((hour) => {
      const plays = average(number, hour);
      return plays === null ? [] : [{ name, hour, plays }];
    }),
  );
  const busiest = known.reduce((best, each) => (each.plays > best.plays ? each : best));
  const least = Math.min(...known.map(({ plays }) => plays));
  return (
    <Section id="when" title="When people listen" lede={weekendSentence(slots, totals)}>
      <HeatMap
        id="heat-map"
        title="Plays by hour and weekday"
        description={`Busiest: ${busiest.name} from ${clock(busiest.hour)} to ${clock(busiest.hour + 1)}, ${busiest.plays === 1 ? '1 play' : `${quantity(busiest.plays)} plays`} on average. Hours are UTC; each field is the average over such days of the period.`}
        columns={HOURS.map((hour) => String(hour).padStart(2, '0'))}
        rows={WEEKDAYS.map(({ name }) => name.slice(0, 3))}
        field={(row, column) => {
          const plays = average(WEEKDAYS[row]!.number, column);
          return plays === null
            ? null
            : { text: inField(plays), strength: busiest.plays > least ? (plays - least) / (busiest.plays - least) : 1 };
        }}
      />
      <details>
        <summary>All plays by hour and weekday as a table</summary>
        <FactsTable
          caption="Plays by hour (UTC) and weekday, in all"
          head={['From', ...WEEKDAYS.map(({ name }) => name), 'Together']}
          rows={HOURS.map((hour) => {
            const plays = WEEKDAYS.map(({ number }) => playsIn(slots, number, hour));
            return [clock(hour), ...plays.map(count), <b>{count(sum(plays))}</b>];
          })}
        />
      </details>
    </Section>
  );
}

/** Plays of an hour of the week on an average such day; null where the period has no such day. */
function averages(slots: readonly Slot[], totals: Totals): (weekday: number, hour: number) => number | null {
  const days = new Map<number, number>();
  const weekdayOfFirst = new Date(totals.first * 1000).getUTCDay();
  for (let day = 0; day < daysOf(totals); day++) {
    const weekday = (weekdayOfFirst + day) % 7;
    days.set(weekday, (days.get(weekday) ?? 0) + 1);
  }
  return (weekday, hour) => {
    const such = days.get(weekday);
    return such === undefined ? null : playsIn(slots, weekday, hour) / such;
  };
}

function playsIn(slots: readonly Slot[], weekday: number, hour: number): number {
  return slots.find((slot) => slot.weekday === weekday && slot.hour === hour)?.plays ?? 0;
}

function weekendSentence(slots: readonly Slot[], { plays }: Totals): string {
  const weekend = sum(slots.filter(({ weekday }) => weekday === 0 || weekday === 6).map((slot) => slot.plays));
  return `${percent(weekend / plays)} of all plays were on a Saturday or Sunday.`;
}

function inField(plays: number): string {
  if (plays === 0) return '';
  if (plays < 0.05) return '<0.1';
  return plays < 10 ? String(Number(plays.toFixed(1))) : shortCount(Math.round(plays));
}

const clock = (hour: number) => `${String(hour).padStart(2, '0')}:00`;
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
