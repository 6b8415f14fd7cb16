import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PythonPackages, runtimeRequirements } from '../../lib/constructs/python-packages.ts';

test('nodes get what the steps need beside the Spark that is there', () => {
  const names = runtimeRequirements(readFileSync('requirements.txt', 'utf8')).map((line) => line.split('==')[0]);
  expect(names).toEqual(expect.arrayContaining(['xgboost-cpu', 'scikit-learn', 'pandas', 'pyarrow']));
  expect(names).not.toContain('pyspark');
});

test('comments and empty lines are no packages, and a name that begins like another one is kept', () => {
  expect(runtimeRequirements('# all\n\npyspark==3.5.6  # Spark\npysparkling==1.0\nnumpy==2.2.6 # numbers\n')).toEqual([
    'pysparkling==1.0',
    'numpy==2.2.6',
  ]);
});

test('other packages or another Python have another hash, so that they are fetched anew', () => {
  expect(new PythonPackages('3.11').hash).toBe(new PythonPackages('3.11').hash);
  expect(new PythonPackages('3.11').hash).not.toBe(new PythonPackages('3.12').hash);
});

test('what it is made from is in the checkout: nothing is fetched to know the hash', () => {
  expect(existsSync(new PythonPackages('3.11').source)).toBe(true);
});
