import { UsageError } from '../cli/failures.ts';
import { formatted } from '../cli/progress.ts';
import { columns } from '../cli/table.ts';
import { environment, ENVIRONMENTS } from '../environments.ts';
import { eventsCost } from './events.ts';
import { idleCost, sum, type CostLine } from './idle.ts';
import { BROKER_PRICES, NODE_PRICES, PRICE_REGION, PRICES, type Price } from './prices.ts';
import { synthesize } from './synthesize.ts';

/** What an environment costs a day idle, and what events add, as text. */
export async function costText(name: string, events: number): Promise<string> {
  if (!ENVIRONMENTS.some((each) => each.name === name))
    throw new UsageError(`--env must be one of ${ENVIRONMENTS.map((each) => each.name).join(', ')}, got ${name}`);
  const settings = environment(name);
  const templates = await synthesize(settings);
  const { lines, unknown } = idleCost(settings, templates);
  return [
    ...section(`${name}, a day idle: no events, no run`, lines),
    '',
    ...section(`${formatted(events)} events, once: sent as a file, one run of the pipeline`, eventsCost(settings, templates, events)),
    '',
    `USD, list prices of ${PRICE_REGION} read ${newestReading()}, without free tiers and taxes; ~ is an estimate.`,
    'Naive for comparison (three large brokers with 1 TiB, EMR always on, NAT in three zones, 8 RPU kept awake): 85 to 120 a day.',
    ...(unknown.length > 0 ? [`Not counted, as no price is known: ${unknown.join(', ')}`] : []),
  ].join('\n');
}

function section(title: string, lines: readonly CostLine[]): string[] {
  const total: CostLine = { what: 'Total', how: '', usd: sum(lines.map(({ usd }) => usd)), estimate: true };
  const rows = [...lines, total].map(({ what, how, usd, estimate }) => [what, how, `${estimate ? '~' : ' '}${usd.toFixed(3).padStart(8)}`]);
  return [title, ...columns(rows).map((row) => `  ${row}`)];
}

function newestReading(): string {
  const nodes = Object.values(NODE_PRICES).flatMap(({ instance, emr }) => [instance, emr]);
  const all: Price[] = [...Object.values(PRICES), ...Object.values(BROKER_PRICES), ...nodes];
  return all
    .map(({ read }) => read)
    .sort()
    .at(-1)!;
}
