/** The CDK app: every environment of lib/environments.ts as a stage. `npx cdk ls` shows them. */
import { App } from 'aws-cdk-lib/core';
import { EnvironmentStage } from '../lib/environment-stage.ts';
import { ENVIRONMENTS } from '../lib/environments.ts';

const app = new App();
for (const environment of ENVIRONMENTS) new EnvironmentStage(app, environment.name, { environment });
