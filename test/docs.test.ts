import { readdirSync, readFileSync } from 'node:fs';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { ENVIRONMENTS } from '../lib/environments.ts';

/** What the documentation tells people to type, a line each, comments and continuations of strings left out. */
const documents = [
  'README.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  'data/README.md',
];
const lines = documents.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block]) =>
    block!
      .split('\n')
      .map((line) => line.replace(/\s+#.*$/, '').trim())
      .filter((line) => line !== '')
      .map((line) => ({ file, line })),
  ),
);
/** Commands named in running text, such as `millrace status --env dev`. */
const mentioned = documents.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/`(?:npx )?(millrace [a-z][^`]*)`/g)].map(([, line]) => ({ file, line: line! })),
);
const packageJson = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

/** Words of a shell line; what is in quotes is one. */
const words = (line: string) =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, bare]) => single ?? double ?? bare!);

/** Help of a command of millrace, asked once. */
const helps = new Map<string, Promise<string>>();
function help(command: readonly string[]): Promise<string> {
  const key = command.join(' ');
  if (!helps.has(key))
    helps.set(
      key,
      execa('node', ['bin/launch.mjs', ...command, '--help']).then(({ stdout }) => stdout),
    );
  return helps.get(key)!;
}

async function checkMillrace(args: readonly string[]): Promise<void> {
  // COMMAND stands for any of them.
  if (args[0] === 'COMMAND') return;
  const names = args.slice(0, args[0] === 'run' ? 2 : 1);
  const overview = await help(names.slice(0, -1));
  expect(overview, `millrace ${args.join(' ')}`).toMatch(new RegExp(`^  ${names.at(-1)}\\b`, 'm'));
  const text = await help(names);
  for (const flag of args.filter((word) => word.startsWith('--'))) expect(text, `millrace ${args.join(' ')}`).toContain(flag);
}

function checkCdk(args: readonly string[]): void {
  const [command, ...rest] = args;
  expect(['bootstrap', 'deploy', 'destroy', 'diff', 'ls', 'synth']).toContain(command);
  const stages = ENVIRONMENTS.map(({ name }) => `${name}/**`);
  for (const word of rest.filter((each) => each.includes('/'))) expect(stages).toContain(word);
}

const checks: Readonly<Record<string, (args: readonly string[]) => void | Promise<void>>> = {
  npm: ([command, script]) => {
    expect(Object.keys(packageJson.scripts)).toContain(command === 'run' ? script : command);
  },
  npx: ([program, ...args]) => (program === 'cdk' ? checkCdk(args) : checkMillrace(args)),
  millrace: checkMillrace,
  bash: ([script, ...options]) => {
    const text = readFileSync(script!, 'utf8');
    for (const option of options) expect(text).toContain(`${option})`);
  },
  // Needs an account: only its form can be seen here.
  aws: (args) => expect(args.length).toBeGreaterThan(1),
  curl: (args) => expect(args.length).toBeGreaterThan(0),
};

test.each([
  ...readdirSync('lambdas', { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'shared')
    .map(({ name }) => ({ name, row: `| ${name} |` })),
  ...readdirSync('spark-steps')
    .filter((name) => name.endsWith('.py'))
    .map((name) => ({ name, row: `| \`${name}\` |` })),
])('docs/architecture.md has a row of $name', ({ row }) => {
  expect(readFileSync('docs/architecture.md', 'utf8')).toContain(`\n${row}`);
});

describe('what the documentation tells people to type', () => {
  test('is there to be checked', () => expect(lines.length).toBeGreaterThan(5));

  test.each(lines)('$file: $line', { timeout: 30_000 }, async ({ line }) => {
    const [program = '', ...args] = words(line);
    const check = checks[program];
    expect(check, `no check for ${program}`).toBeDefined();
    await check!(args);
  });

  test.each(mentioned)('$file names $line', { timeout: 30_000 }, async ({ line }) => {
    await checkMillrace(words(line).slice(1));
  });
});
