import { createHash } from 'node:crypto';
import { PolicyStatement, type ManagedPolicy, type Role } from 'aws-cdk-lib/aws-iam';
import { ArnFormat, CustomResource } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { contract } from '../contracts/index.ts';
import { PIPELINES } from '../pipelines/index.ts';
import type { Stream } from '../pipelines/pipeline.ts';
import { migrations } from '../warehouse/migrations.ts';
import { tableChanges } from '../warehouse/statements.ts';
import { EnvironmentStack } from './environment-stack.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import type { Lake } from './lake.ts';
import { NodeFunction } from './node-function.ts';
import type { WarehouseRoles } from './warehouse-roles.ts';

export interface WarehouseSchemaProps {
  readonly workgroupName: string;
  readonly workgroupArn: string;
  readonly databaseName: string;
  /** Name of the secret that Redshift keeps the administrator's password in. */
  readonly adminSecretName: string;
  /** What it takes to follow up one's statements. */
  readonly statementPolicy: ManagedPolicy;
  readonly roles: WarehouseRoles;
  readonly lake: Lake;
  readonly kafka: KafkaCluster;
  readonly streams: readonly Stream[];
}

/** Brings the schema up to the contracts and to lib/warehouse/migrations with each deployment that changes them. */
export class WarehouseSchema extends Construct {
  private readonly function: NodeFunction;
  private readonly schema: CustomResource;

  constructor(scope: Construct, id: string, props: WarehouseSchemaProps) {
    super(scope, id);
    this.function = this.makeFunction(props);
    this.schema = this.makeSchema(props);
  }

  /** Lets statements that `role` sends replace rows of the tables. */
  addLoader(role: Role): void {
    const loader = new CustomResource(role, 'WarehouseLoader', {
      resourceType: 'Custom::WarehouseLoader',
      serviceToken: this.function.functionArn,
      properties: { RoleName: role.roleName },
    });
    loader.node.addDependency(this.schema);
  }

  private makeFunction({
    workgroupName,
    workgroupArn,
    databaseName,
    adminSecretName,
    statementPolicy,
  }: WarehouseSchemaProps): NodeFunction {
    const stack = EnvironmentStack.of(this);
    const migrate = new NodeFunction(this, 'Function', {
      source: 'migrate-warehouse',
      description: 'Brings the schema of the warehouse up to date',
      environment: { WORKGROUP: workgroupName, DATABASE: databaseName, ADMIN_SECRET: adminSecretName },
      files: ['lib/warehouse'],
      timeoutSeconds: 900,
    });
    migrate.addToRolePolicy(
      new PolicyStatement({
        actions: ['redshift-data:BatchExecuteStatement', 'redshift-data:ExecuteStatement'],
        resources: [workgroupArn],
      }),
    );
    // The Data API takes the password out of the secret in the caller's name; the function never sees it. A secret's ARN ends with six
    // characters that are drawn when it is made, and that CloudFormation does not tell.
    const secret = { service: 'secretsmanager', resource: 'secret', resourceName: `${adminSecretName}-??????` };
    migrate.addToRolePolicy(
      new PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: [stack.formatArn({ ...secret, arnFormat: ArnFormat.COLON_RESOURCE_NAME })],
      }),
    );
    migrate.role!.addManagedPolicy(statementPolicy);
    return migrate;
  }

  private makeSchema({ roles, lake, kafka, streams }: WarehouseSchemaProps): CustomResource {
    const { region, settings } = EnvironmentStack.of(this);
    const schema = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::WarehouseSchema',
      serviceToken: this.function.functionArn,
      properties: {
        Region: region,
        LakeDatabase: lake.databaseName,
        LakeRole: roles.lake.roleArn,
        Brokers: kafka.brokers,
        StreamRole: roles.stream.roleArn,
        AutoRefresh: String(settings.warehouse.streamingRefresh === 'auto'),
        Streams: streams.map(({ topic, table }) => ({ Topic: topic, Contract: table })),
        Version: versionOf(streams),
      },
    });
    // Redshift uses the roles while the schema is made.
    schema.node.addDependency(roles);
    return schema;
  }
}

/** Another one when any statement is another: what makes CloudFormation call the function again. */
function versionOf(streams: readonly Stream[]): string {
  const datasets = PIPELINES.flatMap(({ tables, workTables = [] }) => [...tables, ...workTables]);
  const tables = datasets.flatMap((dataset) => tableChanges('redshift', dataset, []));
  // What comes from the deployment is among the properties already.
  const target = { region: '', lakeDatabase: '', lakeRole: '', brokers: '', streamRole: '', autoRefresh: false };
  const migrated = migrations({ ...target, streams: streams.map(({ topic, table }) => ({ topic, dataset: contract(table) })) });
  return createHash('sha256')
    .update(JSON.stringify([tables, migrated]))
    .digest('hex');
}
