import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy } from 'aws-cdk-lib/core';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat, type BundlingOptions } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { LAMBDA_NODE } from '../versions.ts';
import { EnvironmentStack } from './environment-stack.ts';
import { BUNDLE, BUNDLE_URL, copyFiles } from './function-bundling.ts';
import type { Network } from './network.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));

export interface NodeFunctionProps {
  /** Folder in `lambdas/`; its `index.ts` exports `handler`. */
  readonly source: string;
  readonly description: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Seconds, 900 at most. */
  readonly timeoutSeconds: number;
  /** @default 512 */
  readonly memoryMb?: number;
  /** Where the function must reach Kafka: it stands in the private subnets, in the group `functions`. @default - outside the VPC */
  readonly network?: Network;
  /** Folders of the checkout whose files other than code (SQL, styles) the function reads: they are put beside it. @default - none */
  readonly files?: readonly string[];
  /** Calls at a time at most; also kept free for this function. @default - shares the account's */
  readonly reservedConcurrency?: number;
}

/** A Lambda of this project: the one place that sets runtime, processor, bundling, logs and the least of a role. */
export class NodeFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: NodeFunctionProps) {
    const stack = EnvironmentStack.of(scope);
    const { network } = props;
    // Own log groups: Lambda would make one that outlives the stack.
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: stack.settings.retention.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(scope, `${id}Role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: props.description,
      inlinePolicies: {
        logs: new PolicyDocument({
          statements: [new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] })],
        }),
      },
    });
    if (network) role.addManagedPolicy(network.accountWide.networkInterfaces);
    super(scope, id, {
      description: props.description,
      entry: `${CHECKOUT}lambdas/${props.source}/index.ts`,
      projectRoot: CHECKOUT,
      depsLockFilePath: `${CHECKOUT}package-lock.json`,
      runtime: new Runtime(`nodejs${LAMBDA_NODE}.x`, Runtime.NODEJS_24_X.family),
      architecture: Architecture.ARM_64,
      timeout: Duration.seconds(props.timeoutSeconds),
      memorySize: props.memoryMb ?? 512,
      environment: { ...props.environment },
      bundling: {
        format: OutputFormat.CJS,
        ...BUNDLE,
        sourceMap: false,
        bundleAwsSDK: true,
        ...(props.files && bundledFiles(props.files)),
      },
      loggingFormat: LoggingFormat.JSON,
      logGroup,
      role,
      ...(props.reservedConcurrency !== undefined && { reservedConcurrentExecutions: props.reservedConcurrency }),
      ...(network && { vpc: network.vpc, vpcSubnets: network.subnets, securityGroups: [network.groups.functions] }),
    });
  }
}

/** Puts the files of `folders` beside the bundle, and lets it find them. */
function bundledFiles(folders: readonly string[]): Pick<BundlingOptions, 'banner' | 'define' | 'commandHooks'> {
  return {
    ...BUNDLE_URL,
    commandHooks: {
      beforeInstall: () => [],
      beforeBundling: () => [],
      afterBundling: (inputDir, outputDir) => folders.map((folder) => copyFiles(`${inputDir}/${folder}`, outputDir)),
    },
  };
}
