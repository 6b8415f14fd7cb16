import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { acknowledge } from '../../lib/acknowledgements.ts';
import { testApp, testStage } from './stacks.ts';

/** Something that a check has to say of a resource. */
export interface Finding {
  /** As in an acknowledgement: `AwsSolutions::AwsSolutions-VPC7`. */
  readonly id: string;
  /** Of the resource, below its environment. */
  readonly path: string;
  readonly description: string;
}

interface Report {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly violations: readonly {
      readonly ruleName: string;
      readonly description: string;
      readonly violatingConstructs: readonly { readonly constructPath: string }[];
    }[];
  }[];
}

export interface Checked {
  /** What cdk-nag's AwsSolutions and the validator of aws-cdk-lib find, of any severity. */
  readonly findings: readonly Finding[];
  /** Where the templates are. */
  readonly folder: string;
}

/** Synthesizes an environment under all checks, its accepted findings acknowledged or not. */
export function checked(environment: string, acknowledged: boolean): Checked {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-synth-'));
  const app = testApp({ outdir: folder });
  const stage = testStage(environment, {}, app);
  if (acknowledged) acknowledge(stage);
  Validations.of(app).addPlugins(new AwsSolutionsChecks());
  try {
    app.synth();
  } catch (error) {
    // Findings are told by the report; everything else is the test's to fail by.
    if (!String(error).startsWith('ValidationFailed')) throw error;
  }
  const report = JSON.parse(readFileSync(join(folder, 'validation-report.json'), 'utf8')) as Report;
  const findings = report.pluginReports.flatMap(({ pluginName, violations }) =>
    violations.flatMap(({ ruleName, description, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => ({
        id: `${pluginName.replaceAll(' ', '-')}::${ruleName}`,
        path: constructPath.slice(constructPath.indexOf('/') + 1),
        description,
      })),
    ),
  );
  return { findings, folder };
}
