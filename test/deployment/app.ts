/**
 * One environment as bin/app.ts makes it, but for what a test cannot have: the EMR packages, half a gigabyte of wheels, are a stand-in,
 * rules on templates have tests of their own, and the environment can be changed from outside.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib/core';
import { PythonPackages } from '../../lib/constructs/python-packages.ts';
import { EnvironmentStage } from '../../lib/environment-stage.ts';
import { environment, type Environment } from '../../lib/environments.ts';

Object.defineProperty(PythonPackages.prototype, 'install', {
  value: (_requirements: readonly string[], folder: string) => writeFileSync(join(folder, 'stand-in.txt'), 'no packages'),
});

const { name, changes } = JSON.parse(process.env['MILLRACE_TEST_ENVIRONMENT'] ?? '{}') as { name: string; changes: Partial<Environment> };
const app = new App({ postCliContext: { '@aws-cdk/core:validateAgainstDefaultRules': false } });
new EnvironmentStage(app, name, { environment: { ...environment(name), ...changes } });
