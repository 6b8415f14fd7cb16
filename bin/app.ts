/** The CDK app: every environment of lib/environments.ts as a stage. `npx cdk ls` shows them. */
import { App, Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { acknowledge } from '../lib/acknowledgements.ts';
import { EnvironmentStage } from '../lib/environment-stage.ts';
import { ENVIRONMENTS } from '../lib/environments.ts';

const app = new App();
for (const environment of ENVIRONMENTS) acknowledge(new EnvironmentStage(app, environment.name, { environment }));
// A finding that nobody has acknowledged ends the synthesis, before anything is deployed.
Validations.of(app).addPlugins(new AwsSolutionsChecks());
