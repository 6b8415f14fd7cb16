import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xorshift128plus } from 'pure-rand/generator/xorshift128plus';
import type { DailyActivity, ScoredListener } from '../../lib/report/churn-data.ts';
import type { ChurnReportData } from '../../lib/report/churn.tsx';
import { evaluationFixture } from './evaluation-fixture.ts';

const FIRST = ['Amina', 'Bastian', 'Chloé', 'Dmitri', 'Esperanza', 'Farid', 'Grace', 'Hiro', 'Ingrid', 'José', 'Kwame', 'Linh'];
const LAST = ['Abara', 'Brandt', 'Castillo', 'Dvořák', 'Ekström', 'Fernandes', 'Greene', 'Hashimoto', 'Ivanova', 'Jensen', 'Okafor'];
const PLACES = [
  'Los Angeles-Long Beach-Anaheim, CA',
  'New York-Newark-Jersey City, NY-NJ-PA',
  'Dallas-Fort Worth-Arlington, TX',
  'Bridgeport-Stamford-Norwalk, CT',
  'Seattle-Tacoma-Bellevue, WA',
];
const REASONS = [
  { feature: 'thumbs_down_per_hour_7_days', values: [0.8, 4.6], typical: 0.31 },
  { feature: 'days_since_last_event', values: [9, 24], typical: 2.4 },
  { feature: 'adverts_per_hour_7_days', values: [2, 7], typical: 0.6 },
  { feature: 'songs_trend_7_days', values: [0, 0.5], typical: 1.02 },
  { feature: 'errors_per_hour_28_days', values: [0.4, 2.2], typical: 0.08 },
  { feature: 'sessions_per_week', values: [0.3, 1.1], typical: 3.2 },
  { feature: 'downgrade_views_28_days', values: [2, 6], typical: 0 },
  { feature: 'paid', values: [0, 0], typical: 1 },
] as const;

/** Numbers from 0 to 1; the same seed gives the same numbers. */
export function randomNumbers(seed: number): () => number {
  const generator = xorshift128plus(seed);
  return () => uniformFloat64(generator);
}

/** A run as a whole: 612 listeners, of whom `atRisk` are over the threshold, two months of events, a model with its truth. */
export function reportFixture({ atRisk = 37, scored = 612 } = {}): ChurnReportData {
  const evaluation = evaluationFixture();
  const listeners = listenersFixture(Math.min(Math.max(atRisk, 500), scored), atRisk, evaluation.threshold);
  return {
    run: {
      input: ['generated: 700 listeners, 62 days, seed 42'],
      startedAt: '2026-07-31T09:14:05.120Z',
      seconds: 96.4,
      steps: [
        { name: 'Send events to Kafka', seconds: 11.2, rowsIn: 304_112, rowsOut: 304_100 },
        { name: 'Stream the topic into the lake', seconds: 16.9, rowsIn: 304_100, rowsOut: 304_088 },
        { name: 'Compute features of each listener', seconds: 14.3, rowsIn: 304_088, rowsOut: 5_310 },
        { name: 'Train and test the model', seconds: 38.8, rowsIn: 5_310, rowsOut: 3 },
        { name: 'Score each listener, with reasons', seconds: 7.1, rowsIn: scored, rowsOut: scored },
        { name: 'Load the warehouse', seconds: 1.2, rowsIn: 5_984, rowsOut: 5_984 },
      ],
      events: { read: 304_112, produced: 304_100, rejected: 12, alreadySent: 0, ingested: 304_088, quarantined: 2, duplicates: 10 },
      model: { name: 'xgboost' },
      warehouse: { engine: 'PGlite (PostgreSQL 18)', tables: { daily_activity: 62, user_features: 5_310, churn_scores: scored } },
      details: { Spark: '3.5.6', Kafka: '3.9.1', Seed: 42 },
    },
    rejects: Array.from({ length: 12 }, (_, index) => ({
      source: 'events-2026-07.jsonl.gz',
      line: 4_017 + index * 911,
      reason: index % 3 === 0 ? 'the line is not JSON: Unexpected end of JSON input' : 'ts must be epoch milliseconds, got null',
    })),
    warehouse: {
      activity: activityFixture(62),
      scores: {
        cutoff: '2026-07-31',
        horizonDays: 10,
        threshold: evaluation.threshold,
        modelVersion: evaluation.version,
        scored,
        atRisk,
        expectedLeavers: 51.7,
        listeners,
      },
    },
    evaluation,
  };
}

/** Days from 30 May 2026 on: busier on week-ends, a little busier from week to week. */
export function activityFixture(days: number): DailyActivity[] {
  const random = randomNumbers(7);
  return Array.from({ length: days }, (_, index) => {
    const at = new Date(Date.UTC(2026, 4, 30 + index));
    const busy = (at.getUTCDay() % 6 === 0 ? 1.35 : 1) * (1 + index / 150) * (0.9 + random() * 0.2);
    return {
      date: at.toISOString().slice(0, 10),
      events: Math.round(3_900 * busy),
      listeners: Math.round(212 * busy),
      cancellations: Math.floor(random() * 5),
    };
  });
}

function listenersFixture(amount: number, atRisk: number, threshold: number): ScoredListener[] {
  const random = randomNumbers(11);
  const pick = <Value>(values: readonly Value[]) => values[Math.floor(random() * values.length)] as Value;
  return Array.from({ length: amount }, (_, index): ScoredListener => {
    const over = index < atRisk;
    const place = over ? 1 - index / atRisk : 1 - (index - atRisk) / amount;
    const level = random() < 0.7 ? 'paid' : 'free';
    const reasons = REASONS.filter(({ feature }) => level === 'free' || feature !== 'paid')
      .map((reason) => ({ ...reason, order: random() }))
      .toSorted((a, b) => a.order - b.order)
      .slice(0, 3);
    return {
      userId: String(100_000 + Math.floor(random() * 300_000)),
      firstName: pick(FIRST),
      lastName: pick(LAST),
      level,
      location: pick(PLACES),
      probability: over ? threshold + (0.94 - threshold) * place ** 2 : threshold * 0.98 * place ** 2,
      atRisk: over,
      reasons: reasons.map(({ feature, values: [low, high], typical }) => {
        const value = low + random() * (high - low);
        return { feature, value: feature.endsWith('_views_28_days') ? Math.round(value) : value, typical };
      }),
    };
  });
}
