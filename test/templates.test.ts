import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACKNOWLEDGEMENTS } from '../lib/acknowledgements.ts';
import { ENVIRONMENTS } from '../lib/environments.ts';
import { checked, type Checked, type Finding } from './support/findings.ts';
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
  test('are fewer than ten, each of one resource and with one reason', () => {
    expect(ACKNOWLEDGEMENTS.length).toBeLessThan(10);
    const each = ACKNOWLEDGEMENTS.map(({ path, reason }) => `${path} ${reason}`);
    expect(new Set(each).size).toBe(ACKNOWLEDGEMENTS.length);
  });

  test('hold nothing that no check finds', () => {
    const found: Finding[] = [];
    // Between them these have everything: a transient cluster, and a persistent one.
    for (const name of ['dev', 'prod']) {
      const { findings, folder } = checked(name, false);
      found.push(...findings);
      rmSync(folder, { recursive: true });
    }
    for (const { path, findings = [], wildcards = [] } of ACKNOWLEDGEMENTS) {
      const here = found.filter((each) => each.path === path || each.path.startsWith(`${path}/`)).map(({ id }) => id);
      expect(here, path).toEqual(expect.arrayContaining([...findings]));
      const starred = here.flatMap((id) => /IAM5\[(.*)\]$/.exec(id)?.[1] ?? []);
      for (const wildcard of wildcards)
        expect(
          starred.filter((each) => wildcard.test(each)),
          `${path} ${wildcard}`,
        ).not.toEqual([]);
    }
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
