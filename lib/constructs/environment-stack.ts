import { AspectPriority, Aspects, Aws, DefaultStackSynthesizer, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib/core';
import type { Construct, IConstruct } from 'constructs';
import type { Environment } from '../environments.ts';
import { ProviderLogs } from './provider-logs.ts';

export interface EnvironmentStackProps {
  readonly environment: Environment;
}

/** Context flag: the second key to delete a stable environment's data, the environment's name as its value. */
export const DELETE_DATA_FLAG = 'millrace:delete-data';

/** What all stacks of an environment have in common: name, tags, and what becomes of data. */
export class EnvironmentStack extends Stack {
  readonly settings: Environment;
  /** Begins the name of all that is named: `millrace-dev`. */
  readonly prefix: string;
  /** Begins the keys of the stack's assets in the account's asset bucket: a role may be granted these, and no other stack's. */
  readonly assetPrefix: string;
  /** True where data outlive the stack. */
  readonly keepsData: boolean;
  /** Removal policy of what holds data: buckets, keys, brokers. Logs and the like go with the stack everywhere. */
  readonly dataRemoval: RemovalPolicy;

  /** The environment's stack that `construct` is in. */
  static override of(construct: IConstruct): EnvironmentStack {
    const stack = Stack.of(construct);
    if (!(stack instanceof EnvironmentStack))
      throw new Error(`stack of ${construct.node.path} must be an EnvironmentStack, got ${stack.node.path}`);
    return stack;
  }

  /** Those of the settings: CDK would look them up in the account. The region is a reference, because checks take a zone in letters for a mistake. */
  override get availabilityZones(): string[] {
    return this.settings.zones.map((zone) => `${Aws.REGION}${zone}`);
  }

  constructor(scope: Construct, name: string, description: string, { environment }: EnvironmentStackProps) {
    const keepsData = environment.stable && !mayDeleteData(scope, environment);
    const prefix = `millrace-${environment.name}`;
    const assetPrefix = `${prefix}-${name}/`;
    super(scope, name, {
      synthesizer: new DefaultStackSynthesizer({ bucketPrefix: assetPrefix }),
      stackName: `${prefix}-${name}`,
      description,
      terminationProtection: keepsData,
    });
    this.settings = environment;
    this.prefix = prefix;
    this.assetPrefix = assetPrefix;
    this.keepsData = keepsData;
    this.dataRemoval = keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    Tags.of(this).add('millrace:environment', environment.name);
    Aspects.of(this).add(new ProviderLogs(environment.retention.logDays), { priority: AspectPriority.MUTATING });
  }
}

/** Both keys: the setting and the flag. One without the other is a mistake of somebody who meant to delete, or did not. */
function mayDeleteData(scope: Construct, { name, deleteData = false }: Environment): boolean {
  const flag: unknown = scope.node.tryGetContext(DELETE_DATA_FLAG);
  return deleteData && flag === name;
}
