import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { stepsOf, type Step, type UnattendedPipeline } from '../pipelines/pipeline.ts';
import { loadStatements } from '../warehouse/load-statements.ts';
import { stagingStatements } from '../warehouse/staging-statements.ts';
import { EnvironmentStack } from './environment-stack.ts';
import type { Lake } from './lake.ts';
import { LoggedStateMachine, stateMachineRole } from './logged-state-machine.ts';
import type { Network } from './network.ts';
import { filesPrefix } from './stage-function.ts';
import { jobsDefinition, type Job } from './state-machine/jobs-definition.ts';
import type { Warehouse } from './warehouse.ts';

export interface PipelineJobsProps<Parameters> {
  readonly pipeline: UnattendedPipeline<Parameters>;
  readonly network: Network;
  readonly lake: Lake;
  readonly warehouse: Warehouse;
  /** Stages files. */
  readonly stage: IFunction;
  /** Where the roles of state machines are. */
  readonly roles: Construct;
}

/** What a pipeline does in the warehouse: a state machine that runs one of its jobs, which have the names of its steps. */
export class PipelineJobs<Parameters> extends Construct {
  readonly stateMachine: LoggedStateMachine;

  constructor(scope: Construct, id: string, { pipeline, network, lake, warehouse, stage, roles }: PipelineJobsProps<Parameters>) {
    super(scope, id);
    const { prefix, region } = EnvironmentStack.of(this);
    const steps = stepsOf(pipeline);
    const role = stateMachineRole(roles, `${pipeline.name}-jobs`);
    warehouse.grantLoad(role);
    if (steps.some(({ kind }) => kind === 'stage')) {
      // Not grantInvoke: that allows every version of the function, too.
      role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [stage.functionArn] }));
    }
    const copy = { copyRole: warehouse.copyRoleArn, region };
    const jobOf = (step: Step<Parameters>): Job | undefined => {
      switch (step.kind) {
        case 'load':
          return { kind: 'statements', statements: loadStatements(pipeline.tables, { ...copy, exports: lake.uris.exports }) };
        case 'sql':
          return { kind: 'statements', statements: step.statements };
        case 'check':
          return { kind: 'query', query: step.query };
        case 'stage':
          return {
            kind: 'stage',
            dataset: step.contract.name,
            from: lake.raw.s3UrlForObject(`${filesPrefix(pipeline.name)}${step.input}/`),
            statements: stagingStatements(step.contract, { ...copy, staged: lake.uris.staged }),
          };
        default:
          return undefined;
      }
    };
    const jobs = Object.fromEntries(
      steps.flatMap((step) => {
        const job = jobOf(step);
        return job ? [[step.name, job]] : [];
      }),
    );
    const definition = jobsDefinition(pipeline.name, jobs, {
      workgroup: warehouse.workgroupName,
      database: warehouse.databaseName,
      stageFunction: stage.functionArn,
    });
    this.stateMachine = new LoggedStateMachine(this, 'StateMachine', {
      name: `${prefix}-${pipeline.name}-jobs`,
      definition,
      role,
      network,
    });
  }
}
