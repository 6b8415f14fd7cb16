import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACKNOWLEDGEMENTS } from '../lib/acknowledgements.ts';
import { ENVIRONMENTS } from '../lib/environments.ts';
import { checked, type Checked } from './support/findings.ts';
import { REGION } from './support/stacks.ts';

const names = ENVIRONMENTS.map(({ name }) => name);
const environments = new Map<string, Checked>();

beforeAll(() => {
  for (const name of names) environments.set(name, checked(name, true));
}, 60_000);

afterAll(() => {
  for (const { folder } of environments.values()) rmSync(folder, { recursive: true });
});

/** Paths of an environment's templates. */
function templates(name: string): string[] {
  const assembly = join(environments.get(name)!.folder, `assembly-${name}`);
  return readdirSync(assembly)
    .filter((file) => file.endsWith('.template.json'))
    .map((file) => join(assembly, file));
}

describe.each(names)('%s', (name) => {
  test('has no finding of cdk-nag or of the validator that nobody accepted', () => {
    expect(environments.get(name)!.findings).toEqual([]);
  });

  test('has no finding of cfn-lint', async () => {
    const ignored = [
      'W3005', // CDK writes dependencies that a reference already makes
      'W3010', // zones are named on purpose: nothing is looked up when the templates are made
    ];
    const { stdout } = await execa(
      '.venv/bin/cfn-lint',
      ['--regions', REGION, '--format', 'parseable', ...ignored.flatMap((rule) => ['--ignore-checks', rule]), '--', ...templates(name)],
      { reject: false },
    );
    expect(stdout.split('\n').filter(Boolean)).toEqual([]);
  }, 60_000);

  test('names only IAM actions that exist', async () => {
    const actions = new Set(templates(name).flatMap((file) => actionsOf(JSON.parse(readFileSync(file, 'utf8')))));
    expect(actions.size).toBeGreaterThan(20);
    const { stdout } = await execa('.venv/bin/python', ['test/support/actions.py'], { input: JSON.stringify([...actions]) });
    expect(JSON.parse(stdout)).toEqual([]);
  });
});

test('an action that does not exist is told', async () => {
  const { stdout } = await execa('.venv/bin/python', ['test/support/actions.py'], { input: '["s3:GetObjects", "s3:GetObject"]' });
  expect(JSON.parse(stdout)).toEqual(['s3:GetObjects']);
});

describe('acknowledgements', () => {
  test('are fewer than ten, each of one resource', () => {
    expect(ACKNOWLEDGEMENTS.length).toBeLessThan(10);
    expect(new Set(ACKNOWLEDGEMENTS.map(({ path }) => path)).size).toBe(ACKNOWLEDGEMENTS.length);
  });

  test('hold nothing that no check finds', () => {
    const found = new Set<string>();
    for (const name of names) {
      const { findings, folder } = checked(name, false);
      for (const { id, path } of findings) found.add(`${path} ${id}`);
      rmSync(folder, { recursive: true });
    }
    const accepted = ACKNOWLEDGEMENTS.flatMap(({ path, findings }) => findings.map((id) => `${path} ${id}`));
    expect(accepted.filter((each) => !found.has(each))).toEqual([]);
  }, 60_000);
});

/** All actions of all policies in a template. */
function actionsOf(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(actionsOf);
  if (typeof node !== 'object' || node === null) return [];
  const { Action, Effect } = node as { Action?: string | string[]; Effect?: string };
  const own = Effect !== undefined && Action !== undefined ? [Action].flat() : [];
  return [...own, ...Object.values(node).flatMap(actionsOf)].filter((action) => action !== '*');
}
