import type { Environment } from '../environments.ts';
import { churn } from '../pipelines/churn.ts';
import { PRICES } from './prices.ts';
import { isKnown, monthly, PRICED, type PricedPart } from './resource-prices.ts';
import { valueIn, type Resource, type StackTemplate } from './template.ts';

/** A line of the table: what costs, how that is reckoned, what it comes to. */
export interface CostLine {
  readonly what: string;
  readonly how: string;
  readonly usd: number;
  /** The figure rests on a guess of how much is used. */
  readonly estimate?: true;
}

export interface IdleCost {
  readonly lines: readonly CostLine[];
  /** Types of resources that have no price here and are not known to be free. */
  readonly unknown: readonly string[];
}

/** A day at which nobody sends an event and no pipeline runs: what stands there, and what wakes on its own. */
export function idleCost(environment: Environment, templates: readonly StackTemplate[]): IdleCost {
  const resources = templates.flatMap(({ template }) => Object.values(template.Resources ?? {}));
  const parts = resources.flatMap(({ Type, Properties }) => PRICED[Type]?.(Properties ?? {}, environment) ?? []);
  return {
    lines: [...added(parts), ...wakingLines(resources)],
    unknown: [...new Set(resources.map(({ Type }) => Type).filter((type) => !isKnown(type)))].sort(),
  };
}

/** One line for all parts that are alike. */
function added(parts: readonly PricedPart[]): CostLine[] {
  return [...new Set(parts.map(({ what }) => what))].map((what) => {
    const alike = parts.filter((part) => part.what === what);
    const how = [...new Set(alike.map(({ of }) => of))].map(
      (of) => `${sum(alike.filter((part) => part.of === of).map(({ count }) => count))} ${of}`,
    );
    const estimate = alike.some((part) => part.estimate);
    return { what, how: how.join(', '), usd: sum(alike.map(({ usd }) => usd)), ...(estimate && { estimate }) };
  });
}

export function sum(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0);
}

/** Guesses: how long a function on a schedule runs, and how much all parts write to logs on an idle day. */
const SCHEDULED_SECONDS = 3;
const SCHEDULED_GB = 0.5;
const IDLE_LOG_GB = 0.05;
/** Figures that are measured of each stream whose topic has been used; it is reckoned with those of churn. */
const METRICS_A_STREAM = 4;

/** What wakes on its own: functions called by rules, the metrics they write, logs of what stands there. */
function wakingLines(resources: readonly Resource[]): CostLine[] {
  const rules = resources.filter(({ Type, Properties }) => Type === 'AWS::Events::Rule' && valueIn(Properties, 'State') !== 'DISABLED');
  const calls = sum(rules.map(({ Properties }) => callsADay(valueIn(Properties, 'ScheduleExpression'))));
  const call = PRICES.lambdaRequest.usd + SCHEDULED_GB * SCHEDULED_SECONDS * PRICES.lambdaCompute.usd;
  const metrics = churn.streams.length * METRICS_A_STREAM;
  return [
    { what: 'Scheduled functions', how: `${calls} calls of ${SCHEDULED_SECONDS} s`, usd: calls * call, estimate: true },
    { what: 'Own metrics', how: `${metrics} metrics`, usd: metrics * monthly(PRICES.customMetric.usd) },
    { what: 'Logs', how: `${IDLE_LOG_GB} GB`, usd: IDLE_LOG_GB * PRICES.logIngestion.usd, estimate: true },
  ];
}

/** Of a rule such as `rate(5 minutes)`; runs of pipelines begin by cron expressions, and what a run costs is reckoned by itself. */
function callsADay(expression: unknown): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(typeof expression === 'string' ? expression : '') ?? [];
  if (!count || !unit) return 0;
  return { minute: 24 * 60, hour: 24, day: 1 }[unit as 'minute' | 'hour' | 'day'] / Number(count);
}
