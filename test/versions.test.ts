import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ENVIRONMENTS } from '../lib/environments.ts';
import { DEFAULT_EMR_RELEASE, emrRelease, KAFKA_VERSIONS, LOCAL_KAFKA, MSK_IAM_AUTH } from '../lib/versions.ts';

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const pom = read('pom.xml');
const property = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(pom)?.[1];
const requirement = (name: string) => new RegExp(`^${name}==(\\S+)`, 'm').exec(read('requirements.txt'))?.[1];

describe('the one-machine runtime has what the EMR release has:', () => {
  test('Scala', () => expect(property('scala.version')).toBe(DEFAULT_EMR_RELEASE.scala));
  test('Kafka connector', () => expect(property('spark.version')).toBe(DEFAULT_EMR_RELEASE.kafkaConnector));
  test('Iceberg', () => expect(property('iceberg.version')).toBe(DEFAULT_EMR_RELEASE.iceberg));
  test('PySpark', () => expect(requirement('pyspark')).toBe(DEFAULT_EMR_RELEASE.spark));
  test('Python, that set-up asks for', () => {
    expect(read('bin/setup.sh')).toContain(`python${DEFAULT_EMR_RELEASE.python} python3`);
    expect(read('pyproject.toml')).toContain(`py${DEFAULT_EMR_RELEASE.python.replace('.', '')}`);
  });
  test('Python, that runs the steps', () => {
    const installed = execFileSync('.venv/bin/python', ['-c', 'import platform; print(platform.python_version())'], { encoding: 'utf8' });
    expect(installed).toMatch(new RegExp(`^${DEFAULT_EMR_RELEASE.python.replace('.', '\\.')}\\.`));
  });
});

test('the local broker is of the line that MSK runs in every environment', () => {
  expect(property('kafka.version')).toBe(LOCAL_KAFKA);
  const line = LOCAL_KAFKA.replace(/\.\d+$/, '.x');
  for (const { stream } of ENVIRONMENTS) expect(stream.kafkaVersion.replace('.kraft', '')).toBe(line);
});

test('the jar that signs in to MSK is the one of the list', () => expect(property('msk-iam-auth.version')).toBe(MSK_IAM_AUTH));

test('a version with KRaft is named so, as MSK names them', () => {
  for (const { msk, kraft } of KAFKA_VERSIONS) expect(msk.endsWith('.kraft')).toBe(kraft);
});

test('fails when an EMR release is not in the table', () => {
  expect(() => emrRelease('emr-5.0.0')).toThrow('EMR release must be one of emr-7.13.0, got emr-5.0.0');
  expect(ENVIRONMENTS.map(({ processing }) => emrRelease(processing.emrRelease))).toHaveLength(ENVIRONMENTS.length);
});
