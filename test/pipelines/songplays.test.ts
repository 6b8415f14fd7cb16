import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { STAR } from '../../lib/contracts/star/index.ts';
import { songplays } from '../../lib/pipelines/songplays.ts';
import { stepsOf } from '../../lib/pipelines/pipeline.ts';

const names = (steps: (typeof songplays.steps)[number]) => ('name' in steps ? steps.name : steps.map(({ name }) => name));

test('sources are staged side by side, then the fact, then the dimensions side by side, and only then is anything checked and published', () => {
  expect(songplays.steps.map(names)).toEqual([
    ['stage-events', 'stage-songs'],
    'songplays',
    ['users', 'songs', 'artists', 'time'],
    'checks',
    'publish',
    'star',
    'maintain',
    'report',
  ]);
});

test('each table of the star has a step that builds it, and nothing but the publishing step writes to it', () => {
  const statements = stepsOf(songplays).flatMap((step) =>
    step.kind === 'sql' ? [{ name: step.name, text: step.statements.join(';') }] : [],
  );
  for (const { name } of STAR) {
    expect(statements.map((step) => step.name)).toContain(name);
    const writers = statements.filter(({ text }) =>
      new RegExp(`(INTO|FROM|UPDATE) millrace\\."${name}"`).test(text.replaceAll(/SELECT[\s\S]*/g, '')),
    );
    expect(writers.map((step) => step.name).filter((writer) => writer !== 'publish')).toEqual([]);
  }
  expect(statements.find(({ name }) => name === 'publish')!.text).toContain('MERGE INTO millrace."songplays"');
});

test('where a failed check sends people, the docs say how to go on', () => {
  const guides = stepsOf(songplays).flatMap((step) => (step.kind === 'check' ? [step.guide] : []));
  expect(guides).toHaveLength(1);
  const [file, heading] = guides[0]!.split('#');
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  expect(text.toLowerCase()).toContain(`\n## ${heading}\n`);
});
