import { Code, Function as LambdaFunction, Runtime, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { DefinitionBody, Pass, StateMachine, type IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { EnvironmentStack, type EnvironmentStackProps } from './constructs/environment-stack.ts';
import type { KafkaCluster } from './constructs/kafka-cluster.ts';
import type { Lake } from './constructs/lake.ts';
import type { Network } from './constructs/network.ts';

export interface ProducersStackProps extends EnvironmentStackProps {
  readonly network: Network;
  readonly lake: Lake;
  readonly kafka: KafkaCluster;
}

/** How events come in: from files, and from apps. */
export class ProducersStack extends EnvironmentStack {
  /** Sends one file, in as many calls of the function as it takes. Input: `{bucket, key}`. */
  readonly replay: IStateMachine;
  readonly replayFunction: IFunction;
  readonly collectFunction: IFunction;

  constructor(scope: Construct, id: string, { environment }: ProducersStackProps) {
    super(scope, id, 'Millrace: producers', { environment });
    const todo = (name: string) =>
      new LambdaFunction(this, name, {
        runtime: Runtime.NODEJS_22_X,
        handler: 'index.handler',
        code: Code.fromInline('exports.handler=0'),
      });
    this.replayFunction = todo('Replay');
    this.collectFunction = todo('Collect');
    this.replay = new StateMachine(this, 'ReplayFile', { definitionBody: DefinitionBody.fromChainable(new Pass(this, 'Todo')) });
  }
}
