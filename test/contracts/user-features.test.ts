import { expect, test } from 'vitest';
import { userFeatures } from '../../lib/contracts/user-features.ts';

const { fields } = userFeatures;
const features = fields.filter((field) => field.role === 'feature');

test('columns have names of their own that every engine takes unquoted', () => {
  const names = fields.map((field) => field.name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9_]{0,62}$/);
});

test('a model can train on every feature, and a reader understands it as a reason', () => {
  expect(features.length).toBeGreaterThan(50);
  for (const { name, type, required, label, description } of features) {
    expect(['int', 'double'], name).toContain(type);
    expect(required, `${name} is never null`).toBe(true);
    expect(label, name).toMatch(/^[^_]+$/);
    expect(description, name).toMatch(/^([A-Z]|\d)/);
  }
});

test('no model is trained on who a listener is, on the calendar or on the answer', () => {
  const names = features.map((field) => field.name);
  const people = ['user_id', 'first_name', 'last_name', 'gender', 'location'];
  // How far back the lake goes shows in each of these.
  const calendar = ['cutoff', 'events', 'sessions', 'hours', 'days_observed', 'artists_per_song'];
  for (const name of [...people, ...calendar, 'churned']) {
    expect(fields.map((field) => field.name)).toContain(name);
    expect(names).not.toContain(name);
  }
});

test('a label is 0, 1 or null, and the only one', () => {
  expect(fields.filter((field) => field.role === 'label').map((field) => field.name)).toEqual(['churned']);
  for (const value of [0, 1, null]) expect(userFeatures.schema.shape.churned.safeParse(value).success).toBe(true);
  for (const value of [2, 0.5, true]) expect(userFeatures.schema.shape.churned.safeParse(value).success).toBe(false);
});
