import { Grant, PolicyStatement, Role, type IGrantable, type ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnNamespace, CfnWorkgroup } from 'aws-cdk-lib/aws-redshiftserverless';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { PIPELINES } from '../pipelines/index.ts';
import type { EnvironmentStack } from './environment-stack.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import type { Lake } from './lake.ts';
import type { Network } from './network.ts';
import { WarehouseRefresh } from './warehouse-refresh.ts';
import { WarehouseRoles } from './warehouse-roles.ts';
import { WarehouseSchema } from './warehouse-schema.ts';

export interface WarehouseProps {
  readonly network: Network;
  readonly lake: Lake;
  readonly kafka: KafkaCluster;
}

const ADMINISTRATOR = 'millrace_admin';
const LOGS = ['userlog', 'connectionlog', 'useractivitylog'];

/** Of the keys that a workgroup takes: https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_ConfigParameter.html */
const SETTINGS = {
  require_ssl: 'true',
  // Names of IAM users, and of JSON's fields in quotes, are told apart by case; unquoted names are lower-case as ever.
  enable_case_sensitive_identifier: 'true',
  enable_user_activity_logging: 'true',
  // Seconds: a statement that was forgotten must not cost a night.
  max_query_execution_time: '3600',
};

/** Redshift Serverless, its schema, and the roles by which it reads exports, lake and stream. */
export class Warehouse extends Construct {
  readonly workgroupName: string;
  readonly workgroupArn: string;
  readonly databaseName = 'millrace';
  /** Role that COPY reads exports and staged files with. */
  readonly copyRoleArn: string;
  private readonly statementPolicy: ManagedPolicy;
  private readonly schema: WarehouseSchema;

  constructor(scope: EnvironmentStack, id: string, props: WarehouseProps) {
    super(scope, id);
    const { lake, kafka } = props;
    const { streamingRefresh } = scope.settings.warehouse;
    const streams = PIPELINES.flatMap((pipeline) => pipeline.streams).filter(({ inWarehouse }) => inWarehouse);
    const roles = new WarehouseRoles(this, 'Roles', { lake, kafka, streams });
    this.copyRoleArn = roles.copy.roleArn;
    // Names of their own on purpose, as the Kafka cluster has: a change that would take an empty namespace fails instead.
    this.workgroupName = scope.prefix;
    const workgroup = this.makeWorkgroup(scope, props, this.makeNamespace(scope, props, roles));
    this.workgroupArn = workgroup.attrWorkgroupWorkgroupArn;
    this.statementPolicy = props.network.accountWide.ownStatements;
    const { workgroupName, workgroupArn, databaseName, statementPolicy } = this;
    const target = { workgroupName, workgroupArn, databaseName, streams };
    // As Redshift names it.
    const adminSecretName = `redshift!${scope.prefix}-${ADMINISTRATOR}`;
    this.schema = new WarehouseSchema(this, 'Schema', { ...target, adminSecretName, statementPolicy, roles, lake, kafka });
    if (streamingRefresh !== 'auto') {
      const refresh = new WarehouseRefresh(this, 'Refresh', { ...target, everyMinutes: streamingRefresh.everyMinutes });
      refresh.node.addDependency(this.schema);
    }
  }

  /** Lets `grantee` run statements by the Data API, as a user of the database who may read everything and change nothing. */
  grantQuery(grantee: IGrantable): Grant {
    roleOf(grantee).addManagedPolicy(this.statementPolicy);
    return Grant.addToPrincipal({
      grantee,
      actions: ['redshift-data:BatchExecuteStatement', 'redshift-data:ExecuteStatement', 'redshift-serverless:GetCredentials'],
      resourceArns: [this.workgroupArn],
    });
  }

  /** Lets `grantee` run statements that change rows of the tables, besides, and follow them up, read and cancel them. */
  grantLoad(grantee: IGrantable): Grant {
    const role = roleOf(grantee);
    this.schema.addLoader(role);
    // Step Functions signs in anew whenever it likes, also between sending statements and asking for their end: to the Data API the same role in
    // another session is somebody else. Hence every session of the role.
    const sessions = { StringLike: { 'redshift-data:statement-owner-iam-userid': `${role.roleId}:*` } };
    const actions = ['CancelStatement', 'DescribeStatement', 'GetStatementResult'].map((each) => `redshift-data:${each}`);
    role.addToPolicy(new PolicyStatement({ actions, resources: ['*'], conditions: sessions }));
    return this.grantQuery(grantee);
  }

  private makeNamespace(
    { prefix, settings, dataRemoval }: EnvironmentStack,
    { lake }: WarehouseProps,
    roles: WarehouseRoles,
  ): CfnNamespace {
    const namespace = new CfnNamespace(this, 'Namespace', {
      namespaceName: prefix,
      dbName: this.databaseName,
      adminUsername: ADMINISTRATOR,
      manageAdminPassword: true,
      kmsKeyId: lake.key.keyArn,
      iamRoles: [roles.copy, roles.lake, roles.stream].map(({ roleArn }) => roleArn),
      logExports: LOGS,
    });
    namespace.applyRemovalPolicy(dataRemoval);
    // Redshift writes to these groups where they are there, and else makes them, for ever and outside the stack. First in, last out.
    for (const log of LOGS) {
      const group = new LogGroup(this, `Log-${log}`, {
        logGroupName: `/aws/redshift/${prefix}/${log}`,
        retention: settings.retention.logDays,
        removalPolicy: RemovalPolicy.DESTROY,
      });
      namespace.node.addDependency(group);
    }
    return namespace;
  }

  private makeWorkgroup({ settings }: EnvironmentStack, { network }: WarehouseProps, namespace: CfnNamespace): CfnWorkgroup {
    const { baseRpu, maxRpu } = settings.warehouse;
    const workgroup = new CfnWorkgroup(this, 'Workgroup', {
      workgroupName: this.workgroupName,
      namespaceName: namespace.namespaceName,
      baseCapacity: baseRpu,
      maxCapacity: maxRpu,
      // Without it Redshift does not reach the brokers.
      enhancedVpcRouting: true,
      publiclyAccessible: false,
      subnetIds: network.vpc.isolatedSubnets.map(({ subnetId }) => subnetId),
      securityGroupIds: [network.groups.warehouse.securityGroupId],
      configParameters: Object.entries(SETTINGS).map(([parameterKey, parameterValue]) => ({ parameterKey, parameterValue })),
    });
    // The name alone is no dependency, and a namespace goes only after its workgroup.
    workgroup.addResourceDependency(namespace);
    return workgroup;
  }
}

function roleOf({ grantPrincipal }: IGrantable): Role {
  if (!(grantPrincipal instanceof Role))
    throw new Error(`grantee of the warehouse must be a role of this app, got a ${grantPrincipal.constructor.name}`);
  return grantPrincipal;
}
