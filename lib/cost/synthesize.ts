import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../environments.ts';
import { PRICE_REGION } from './prices.ts';
import type { StackTemplate, Template } from './template.ts';

/**
 * The templates of an environment, made now from the code as it is, in the region that prices are of. Nothing is asked of AWS, and
 * nothing is bundled: what a function is made of costs the same. CDK is loaded here and nowhere else on the command line.
 */
export async function synthesize(environment: Environment): Promise<StackTemplate[]> {
  const { App } = await import('aws-cdk-lib/core');
  const { EnvironmentStage } = await import('../environment-stage.ts');
  const settings = JSON.parse(await readFile(new URL('../../cdk.json', import.meta.url), 'utf8')) as { context: Record<string, unknown> };
  const outdir = await mkdtemp(join(tmpdir(), 'millrace-cost-'));
  try {
    const app = new App({ outdir, analyticsReporting: false, context: { ...settings.context, 'aws:cdk:bundling-stacks': [] } });
    const stage = new EnvironmentStage(app, environment.name, { environment: { ...environment, region: PRICE_REGION } });
    return stage.synth().stacks.map(({ stackName, template }) => ({ stack: stackName, template: template as Template }));
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
}
