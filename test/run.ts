/**
 * `npm test`: format, lint, types, the TypeScript tests, the Python tests; all are run, and the closing line counts them together.
 * The Python tests, which take longest, run beside everything else: each suite's lines come when it ends.
 */
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

const reports = await mkdtemp(join(tmpdir(), 'millrace-test-'));
const vitestReport = join(reports, 'vitest.json');
const pytestReport = join(reports, 'pytest.xml');

interface Suite {
  readonly name: string;
  readonly command: readonly string[];
  readonly count?: () => Promise<Count>;
}

const lanes: readonly (readonly Suite[])[] = [
  [
    { name: 'format', command: ['prettier', '--check', '--log-level=warn', '.'] },
    { name: 'lint', command: ['eslint', '.'] },
    { name: 'types', command: ['tsc', '--project', '.'] },
    { name: 'Python format', command: ['.venv/bin/ruff', 'format', '--check', '--quiet', '.'] },
    { name: 'Python lint', command: ['.venv/bin/ruff', 'check', '--quiet', '.'] },
    {
      name: 'TypeScript tests',
      command: ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${vitestReport}`],
      count: vitestCount,
    },
  ],
  [{ name: 'Python tests', command: ['.venv/bin/python', '-m', 'pytest', `--junitxml=${pytestReport}`], count: pytestCount }],
];

const total: Count = { passed: 0, failed: 0, skipped: 0 };
const broken: string[] = [];
await Promise.all(
  lanes.map(async (suites) => {
    for (const suite of suites) await run(suite);
  }),
);
await rm(reports, { recursive: true });

if (broken.length > 0) console.log(`\nfailed: ${broken.join(', ')}`);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = broken.length > 0 ? 1 : 0;

async function run({ name, command, count }: Suite): Promise<void> {
  const started = Date.now();
  console.log(`== ${name} …`);
  const [file = '', ...args] = command;
  const { failed, all } = await execa(file, args, { all: true, stdin: 'ignore', preferLocal: true, reject: false });
  const counted = (await count?.()) ?? { passed: failed ? 0 : 1, failed: failed ? 1 : 0, skipped: 0 };
  // A runner that died counts as a failure even where its report shows none.
  if (failed && counted.failed === 0) counted.failed = 1;
  for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += counted[key];
  if (failed) broken.push(name);
  const outcome = `${failed ? 'FAILED' : 'passed'} in ${((Date.now() - started) / 1000).toFixed(0)} s`;
  console.log(`\n== ${name}\n${all}\n== ${name}: ${outcome}`);
}

async function vitestCount(): Promise<Count> {
  const text = await readFile(vitestReport, 'utf8').catch(() => '{}');
  const report = JSON.parse(text) as { numPassedTests?: number; numFailedTests?: number; numPendingTests?: number };
  return { passed: report.numPassedTests ?? 0, failed: report.numFailedTests ?? 0, skipped: report.numPendingTests ?? 0 };
}

async function pytestCount(): Promise<Count> {
  const text = await readFile(pytestReport, 'utf8').catch(() => '');
  const number = (name: string) => Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(text)?.[1] ?? 0);
  const failed = number('failures') + number('errors');
  return { passed: number('tests') - failed - number('skipped'), failed, skipped: number('skipped') };
}
