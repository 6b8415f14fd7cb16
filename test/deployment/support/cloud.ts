import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient, paginateDescribeStackEvents, paginateDescribeStacks, type StackEvent } from '@aws-sdk/client-cloudformation';
import { EMRClient, ListClustersCommand } from '@aws-sdk/client-emr';
import { S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  type DescribeExecutionOutput,
} from '@aws-sdk/client-sfn';
import { ACCOUNT, REGION, type Emulator } from './emulator.ts';

const POLL_MS = 100;

/** What is asked of AWS beside the command lines. */
export class Cloud {
  readonly formation: CloudFormationClient;
  readonly s3: S3Client;
  readonly sfn: SFNClient;
  readonly emr: EMRClient;

  constructor({ endpoint }: Emulator) {
    const settings = { endpoint, region: REGION, credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'emulator' } };
    this.formation = new CloudFormationClient(settings);
    this.s3 = new S3Client({ ...settings, forcePathStyle: true });
    this.sfn = new SFNClient(settings);
    this.emr = new EMRClient(settings);
  }

  /** Outputs of the stacks whose name begins with `prefix`, by stack and name. */
  async outputs(prefix: string): Promise<Readonly<Record<string, string>>> {
    const found: Record<string, string> = {};
    for await (const { Stacks = [] } of paginateDescribeStacks({ client: this.formation }, {})) {
      for (const { StackName = '', Outputs = [] } of Stacks) {
        if (StackName.startsWith(prefix)) for (const { OutputKey, OutputValue } of Outputs) found[OutputKey!] = OutputValue!;
      }
    }
    return found;
  }

  /** Status of each stack whose name begins with `prefix`. */
  async statuses(prefix: string): Promise<Readonly<Record<string, string>>> {
    const found: Record<string, string> = {};
    for await (const { Stacks = [] } of paginateDescribeStacks({ client: this.formation }, {})) {
      for (const { StackName = '', StackStatus } of Stacks) if (StackName.startsWith(prefix)) found[StackName] = StackStatus!;
    }
    return found;
  }

  /** What happened to the resources of all stacks that are there, oldest first. */
  async events(prefix: string): Promise<StackEvent[]> {
    const events: StackEvent[] = [];
    for (const stack of Object.keys(await this.statuses(prefix))) {
      for await (const page of paginateDescribeStackEvents({ client: this.formation }, { StackName: stack }))
        events.push(...(page.StackEvents ?? []));
    }
    return events.sort((a, b) => a.Timestamp!.getTime() - b.Timestamp!.getTime());
  }

  /** Ids of the EMR clusters that cost money. */
  async runningClusters(): Promise<string[]> {
    const ClusterStates = ['STARTING', 'BOOTSTRAPPING', 'RUNNING', 'WAITING', 'TERMINATING'] as const;
    const { Clusters = [] } = await this.emr.send(new ListClustersCommand({ ClusterStates: [...ClusterStates] }));
    return Clusters.map(({ Id }) => Id!);
  }

  async start(stateMachineArn: string, input: object): Promise<string> {
    const { executionArn } = await this.sfn.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }));
    return executionArn!;
  }

  /** The first execution of a state machine that somebody else starts. */
  async execution(stateMachineArn: string): Promise<string> {
    for (;;) {
      const { executions = [] } = await this.sfn.send(new ListExecutionsCommand({ stateMachineArn }));
      if (executions[0]?.executionArn) return executions[0].executionArn;
      await sleep(POLL_MS);
    }
  }

  /** All executions of a state machine, oldest first. */
  async executions(stateMachineArn: string): Promise<DescribeExecutionOutput[]> {
    const { executions = [] } = await this.sfn.send(new ListExecutionsCommand({ stateMachineArn }));
    const all = await Promise.all(executions.map(({ executionArn }) => this.sfn.send(new DescribeExecutionCommand({ executionArn }))));
    return all.sort((a, b) => a.startDate!.getTime() - b.startDate!.getTime());
  }

  async ended(executionArn: string): Promise<DescribeExecutionOutput> {
    for (;;) {
      const execution = await this.sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (execution.status !== 'RUNNING') return execution;
      await sleep(POLL_MS);
    }
  }
}
