import { Duration } from 'aws-cdk-lib/core';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { replayStepOf, type Pipeline, type Topic } from '../pipelines/pipeline.ts';
import { EnvironmentStack } from './environment-stack.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import type { Lake } from './lake.ts';
import { LoggedStateMachine, stateMachineRole } from './logged-state-machine.ts';
import type { Network } from './network.ts';
import { NodeFunction } from './node-function.ts';
import { replayDefinition } from './state-machine/replay-definition.ts';

export interface ReplayFilesProps {
  /** Pipeline whose events are sent; it must begin with a replay step. */
  readonly pipeline: Pick<Pipeline<never>, 'name' | 'steps' | 'topics'>;
  readonly network: Network;
  readonly lake: Lake;
  readonly kafka: KafkaCluster;
}

/** Files sent at a time: each has its own connections to the brokers, of which small ones take few. */
const FILES_AT_A_TIME = 3;
/** A whole processor: a replay parses and checks all the time. */
const MEMORY_MB = 1_769;

/** Where files of a pipeline's events are put, to be sent. */
export function landingPrefix(pipeline: string): string {
  return `events/${pipeline}/`;
}

/** What the topic takes, so that nothing is sent that it would refuse. @throws where its settings do not say */
function maxMessageBytes(topics: readonly Topic[], name: string): string {
  const bytes = topics.find((each) => each.name === name)?.config['max.message.bytes'];
  if (bytes === undefined) throw new Error(`max.message.bytes of topic ${name} must be set, got nothing`);
  return bytes;
}

/** Sends each file that lands under `events/<pipeline>/` of the raw bucket to the pipeline's topic, in as many calls as it takes. */
export class ReplayFiles extends Construct {
  readonly function: NodeFunction;
  /** Input: `{bucket, key}`; output as {@link replayDefinition} says. */
  readonly stateMachine: LoggedStateMachine;

  constructor(scope: Construct, id: string, { pipeline, network, lake, kafka }: ReplayFilesProps) {
    super(scope, id);
    const { contract, topic, rejectsTopic } = replayStepOf(pipeline);
    const prefix = landingPrefix(pipeline.name);
    const refused = `refused/${pipeline.name}`;
    this.function = new NodeFunction(this, 'Function', {
      source: 'replay-events',
      description: `Millrace: sends files of events to the topic ${topic}`,
      network,
      timeoutSeconds: Duration.minutes(15).toSeconds(),
      memoryMb: MEMORY_MB,
      reservedConcurrency: FILES_AT_A_TIME,
      environment: {
        BROKERS: kafka.brokers,
        CONTRACT: contract.name,
        TOPIC: topic,
        REJECTS_TOPIC: rejectsTopic,
        MAX_MESSAGE_BYTES: maxMessageBytes(pipeline.topics, topic),
        REFUSED: `s3://${lake.raw.bucketName}/${refused}`,
      },
    });
    lake.grantReadObjects(lake.raw, this.function.role!, prefix);
    lake.grantWriteObjects(lake.raw, this.function.role!, `${refused}/`);
    kafka.grantProduce(this.function, topic);
    kafka.grantProduce(this.function, rejectsTopic);

    this.stateMachine = this.replayMachine(pipeline.name, network);
    new Rule(this, 'FileLanded', {
      description: `Sends each file that lands under ${prefix}`,
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: [lake.raw.bucketName] }, object: { key: [{ prefix }] } },
      },
      targets: [new SfnStateMachine(this.stateMachine)],
    });
  }

  private replayMachine(pipeline: string, network: Network): LoggedStateMachine {
    const role = stateMachineRole(this, 'StateMachineRole');
    // Not grantInvoke: that allows every version of the function, too.
    role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.function.functionArn] }));
    return new LoggedStateMachine(this, 'StateMachine', {
      name: `${EnvironmentStack.of(this).prefix}-replay-${pipeline}`,
      definition: replayDefinition(this.function.functionArn),
      role,
      network,
    });
  }
}
