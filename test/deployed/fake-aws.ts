import { CloudFormationClient, CloudFormationServiceException } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EMRClient } from '@aws-sdk/client-emr';
import { NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { SFNClient, type HistoryEvent, type HistoryEventType } from '@aws-sdk/client-sfn';
import type { Deployed } from '../../lib/deployed/aws.ts';
import type { OUTPUTS } from '../../lib/outputs.ts';
import { stackName } from '../../lib/outputs.ts';

/** Answers of AWS by the operation's name; what is not here is not expected to be called, and fails the test. */
export type Answers = Readonly<Record<string, (input: never) => unknown>>;

export interface Fake {
  readonly deployed: Deployed;
  /** Operations in the order they were called. */
  readonly calls: { readonly operation: string; readonly input: Record<string, unknown> }[];
}

/** An environment dev that answers as told; its clients are real ones that send nothing. */
export function fakeDeployed(answers: Answers): Fake {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const calls: Fake['calls'] = [];
  const settings = { region: 'eu-central-1', credentials: { accessKeyId: 'none', secretAccessKey: 'none' } };
  const silent = <Client extends object>(client: Client): Client =>
    Object.assign(client, {
      send: async (command: { input: Record<string, unknown> }) => {
        const operation = command.constructor.name.replace(/Command$/, '');
        calls.push({ operation, input: command.input });
        const answer = answers[operation];
        if (!answer) throw new Error(`AWS was not expected to be asked ${operation} ${JSON.stringify(command.input)}`);
        return await answer(command.input as never);
      },
    });
  const deployed: Deployed = {
    environment: 'dev',
    region: 'eu-central-1',
    cloudFormation: silent(new CloudFormationClient(settings)),
    stepFunctions: silent(new SFNClient(settings)),
    s3: silent(new S3Client(settings)),
    emr: silent(new EMRClient(settings)),
    cloudWatch: silent(new CloudWatchClient(settings)),
  };
  return { deployed, calls };
}

/** CloudFormation with the given outputs, by stack; a stack that is not named is not deployed. */
export function stacks(outputs: Readonly<Record<string, Readonly<Record<string, string>>>>): Answers {
  return {
    DescribeStacks: ({ StackName }: { StackName: string }) => {
      const found = Object.entries(outputs).find(([stack]) => stackName('dev', stack as keyof typeof OUTPUTS) === StackName);
      // As AWS says it: there is no error of its own for this.
      if (!found) throw serviceError('ValidationError', `Stack with id ${StackName} does not exist`);
      const Outputs = Object.entries(found[1]).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue }));
      return { Stacks: [{ StackName, StackStatus: 'CREATE_COMPLETE', CreationTime: new Date(0), Outputs }] };
    },
  };
}

export function serviceError(name: string, message: string): Error {
  return new CloudFormationServiceException({ name, message, $fault: 'client', $metadata: {} });
}

/** S3 that holds these objects, by `bucket/key`. */
export function objects(held: Readonly<Record<string, Buffer | string>>): Answers {
  return {
    GetObject: ({ Bucket, Key }: { Bucket: string; Key: string }) => {
      const body = held[`${Bucket}/${Key}`];
      if (body === undefined) throw new NoSuchKey({ message: 'The specified key does not exist.', $metadata: {} });
      return { Body: { transformToByteArray: () => Promise.resolve(Buffer.from(body)) } };
    },
    ListObjectsV2: ({ Bucket, Prefix }: { Bucket: string; Prefix: string }) => ({
      Contents: Object.keys(held)
        .filter((name) => name.startsWith(`${Bucket}/${Prefix}`))
        .map((name) => ({ Key: name.slice(Bucket.length + 1) })),
    }),
  };
}

export const MACHINE = 'arn:aws:states:eu-central-1:111122223333:stateMachine:millrace-dev-churn';

/** The history of an execution as Step Functions writes it: every event names the one before it in its state. */
export class History {
  readonly events: HistoryEvent[] = [];
  private last = 0;
  private state = '';
  /** The last event of each state. */
  private readonly lasts = new Map<string, number>();
  private readonly begin = Date.parse('2026-11-21T10:00:00Z');
  private second = 0;

  constructor() {
    this.add('ExecutionStarted', { executionStartedEventDetails: { input: '{}' } });
  }

  /** Goes on with a state that was entered before, beside others. */
  on(name: string): this {
    this.last = this.lasts.get(name)!;
    this.state = name;
    return this;
  }

  /** Lets `seconds` go by. */
  after(seconds: number): this {
    this.second += seconds;
    return this;
  }

  enter(name: string, type = 'Task'): this {
    this.state = name;
    return this.add(`${type}StateEntered` as HistoryEventType, { stateEnteredEventDetails: { name, input: '{}' } });
  }

  schedule(request: object, resource = 'addStep.sync', resourceType = 'elasticmapreduce'): this {
    const parameters = JSON.stringify(request);
    this.add('TaskScheduled', { taskScheduledEventDetails: { resource, resourceType, region: 'eu-central-1', parameters } });
    return this.add('TaskStarted', { taskStartedEventDetails: { resource, resourceType } });
  }

  submitted(answer: object, resource = 'addStep.sync', resourceType = 'elasticmapreduce'): this {
    return this.add('TaskSubmitted', { taskSubmittedEventDetails: { resource, resourceType, output: JSON.stringify(answer) } });
  }

  succeeded(answer: object, resource = 'addStep.sync', resourceType = 'elasticmapreduce'): this {
    return this.add('TaskSucceeded', { taskSucceededEventDetails: { resource, resourceType, output: JSON.stringify(answer) } });
  }

  failed(error: string, cause: string, resource = 'addStep.sync', resourceType = 'elasticmapreduce'): this {
    return this.add('TaskFailed', { taskFailedEventDetails: { resource, resourceType, error, cause } });
  }

  exit(name: string, type = 'Task'): this {
    return this.add(`${type}StateExited` as HistoryEventType, { stateExitedEventDetails: { name, output: '{}' } });
  }

  /** A state that goes well, in `seconds`. */
  step(name: string, seconds = 60): this {
    this.enter(name)
      .schedule(emrStepRequest(name))
      .submitted({ StepId: `s-${name.toUpperCase()}` });
    return this.after(seconds)
      .succeeded({ Step: { Id: `s-${name.toUpperCase()}`, Status: { State: 'COMPLETED' } } })
      .exit(name);
  }

  private add(type: HistoryEventType, details: Partial<HistoryEvent>): this {
    const id = this.events.length + 1;
    this.events.push({ id, previousEventId: this.last, type, timestamp: new Date(this.begin + this.second * 1000), ...details });
    this.last = id;
    this.lasts.set(this.state, id);
    return this;
  }
}

export const CLUSTER = 'j-2AXXXXXXGAPLF';

export function emrStepRequest(name: string) {
  const Args = ['spark-submit', `s3://code/${name}.py`, '--result', `s3://lake/results/run-1/${name}.json`];
  return {
    ClusterId: CLUSTER,
    Step: { Name: `churn-${name}`, ActionOnFailure: 'CANCEL_AND_WAIT', HadoopJarStep: { Jar: 'command-runner.jar', Args } },
  };
}

/** An execution that is further at each look. */
export function execution(
  looks: readonly { readonly history: History; readonly status: string; readonly error?: string; readonly cause?: string }[],
): Answers {
  let look = -1;
  return {
    DescribeExecution: ({ executionArn }: { executionArn: string }) => {
      look = Math.min(look + 1, looks.length - 1);
      const { status, error, cause } = looks[look]!;
      return {
        executionArn,
        name: 'run-1',
        stateMachineArn: MACHINE,
        status,
        startDate: new Date(0),
        stopDate: new Date(60_000),
        input: '{}',
        error,
        cause,
      };
    },
    GetExecutionHistory: () => ({ events: looks[Math.max(look, 0)]!.history.events }),
  };
}
