import { RemovalPolicy } from 'aws-cdk-lib/core';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { EVENTS_PATH } from '../../lambdas/collect-events/route.ts';
import { replayStepOf, type Pipeline } from '../pipelines/pipeline.ts';
import { EnvironmentStack } from './environment-stack.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { deliveredLogs } from './log-delivery.ts';
import type { Network } from './network.ts';
import { NodeFunction } from './node-function.ts';

export interface CollectApiProps {
  /** Pipeline whose events are collected; it must begin with a replay step. */
  readonly pipeline: Pick<Pipeline<never>, 'steps'>;
  readonly network: Network;
  readonly kafka: KafkaCluster;
}

/** What one instance of the function answers in a second when Kafka takes 100 ms to acknowledge. */
const REQUESTS_PER_INSTANCE = 10;

/**
 * Takes batches of events from apps over HTTPS.
 *
 * Callers sign their requests with AWS credentials (IAM, SigV4). A key would be a secret that never ends, that HTTP APIs do not know,
 * and that says nothing of who called; a role's credentials end by themselves, are taken back in one place, and name the caller in
 * the access log. Servers and functions have a role; apps on phones get credentials of one from a Cognito identity pool.
 */
export class CollectApi extends Construct {
  readonly function: NodeFunction;
  /** Where to post to. */
  readonly url: string;
  /** What callers need to be allowed `execute-api:Invoke` on. */
  readonly routeArn: string;

  constructor(scope: Construct, id: string, { pipeline, network, kafka }: CollectApiProps) {
    super(scope, id);
    const { settings, prefix } = EnvironmentStack.of(this);
    const { requestsPerSecond, burst } = settings.collect;
    const { topic, rejectsTopic } = replayStepOf(pipeline);
    this.function = new NodeFunction(this, 'Function', {
      source: 'collect-events',
      description: `Millrace: takes events of apps for the topic ${topic}`,
      network,
      // API Gateway waits for 30 s; the handler answers within 20, whatever Kafka does.
      timeoutSeconds: 28,
      memoryMb: 1_024,
      reservedConcurrency: Math.max(2, Math.ceil(requestsPerSecond / REQUESTS_PER_INSTANCE)),
      environment: { BROKERS: kafka.brokers, TOPIC: topic, REJECTS_TOPIC: rejectsTopic },
    });
    kafka.grantProduce(this.function, topic);
    kafka.grantProduce(this.function, rejectsTopic);

    const api = new HttpApi(this, 'Api', {
      apiName: `${prefix}-collect`,
      description: 'Millrace: events of apps',
      createDefaultStage: false,
    });
    api.addRoutes({
      path: EVENTS_PATH,
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration('Collect', this.function),
      authorizer: new HttpIamAuthorizer(),
    });
    const accessLogs = new LogGroup(this, 'AccessLogs', {
      logGroupName: deliveredLogs('apis', `${prefix}-collect`),
      retention: settings.retention.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: requestsPerSecond, burstLimit: burst },
      detailedMetricsEnabled: true,
      accessLogSettings: { destination: new LogGroupLogDestination(accessLogs), format: ACCESS_LOG },
    });
    this.url = `${api.apiEndpoint}${EVENTS_PATH}`;
    this.routeArn = api.arnForExecuteApi(HttpMethod.POST, EVENTS_PATH, stage.stageName);
  }
}

/** Who called, how it ended and how long it took; nothing of what was sent. */
const ACCESS_LOG = AccessLogFormat.custom(
  JSON.stringify({
    time: '$context.requestTime',
    request: '$context.requestId',
    caller: '$context.identity.userArn',
    address: '$context.identity.sourceIp',
    route: '$context.routeKey',
    status: '$context.status',
    bytes: '$context.responseLength',
    milliseconds: '$context.responseLatency',
    error: '$context.error.message',
    integrationError: '$context.integrationErrorMessage',
  }),
);
