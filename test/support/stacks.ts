import { readFileSync } from 'node:fs';
import { App, Stage, type AppProps } from 'aws-cdk-lib/core';
import { Template } from 'aws-cdk-lib/assertions';
import type { Stack } from 'aws-cdk-lib/core';
import { EnvironmentStage } from '../../lib/environment-stage.ts';
import { environment, type Environment } from '../../lib/environments.ts';

/** A made-up account: templates are whole, as if deployed there. */
export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';

const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')) as { context: Record<string, unknown> };

/** An app as the CDK command line makes it, with cdk.json's flags; assets are not bundled (their content is not what a template test is about). */
export function testApp(props: AppProps & { readonly flags?: Readonly<Record<string, unknown>> } = {}): App {
  const { flags, ...rest } = props;
  return new App({ analyticsReporting: false, ...rest, context: { ...context, 'aws:cdk:bundling-stacks': [], ...flags } });
}

/** All stacks of an environment, in the made-up account. */
export function testStage(name: string, changes: Partial<Environment> = {}, app: App = testApp()): EnvironmentStage {
  return new EnvironmentStage(app, name, { environment: { account: ACCOUNT, region: REGION, ...environment(name), ...changes } });
}

/** The place of one stack that needs no other, synthesized by itself: faster than all. */
export function emptyStage(name: string, region = REGION): Stage {
  return new Stage(testApp(), name, { env: { account: ACCOUNT, region } });
}

export function templateOf(stack: Stack): Template {
  return Template.fromStack(stack);
}
