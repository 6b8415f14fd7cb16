import { CfnDatabase } from 'aws-cdk-lib/aws-glue';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { EnvironmentStack } from './environment-stack.ts';

const READ_ACTIONS = [
  'glue:BatchGetPartition',
  'glue:GetDatabase',
  'glue:GetDatabases',
  'glue:GetPartition',
  'glue:GetPartitions',
  'glue:GetTable',
  'glue:GetTables',
];

const WRITE_ACTIONS = [
  'glue:BatchCreatePartition',
  'glue:CreatePartition',
  'glue:CreateTable',
  'glue:DeletePartition',
  'glue:DeleteTable',
  'glue:UpdatePartition',
  'glue:UpdateTable',
];

/** Hive asks for functions of each database when a session starts, before it says that there are none. */
const FUNCTION_ACTIONS = ['glue:GetUserDefinedFunction', 'glue:GetUserDefinedFunctions'];

export interface LakeDatabaseProps {
  /** S3 URI that tables lie under. */
  readonly location: string;
}

/**
 * The Glue database of the lake's tables. The tables themselves are made by Spark, as Iceberg tables from the contracts: their schema
 * changes with their data, in one commit. Deleting the database deletes their entries.
 */
export class LakeDatabase extends Construct {
  /** Such as `millrace_dev`. */
  readonly databaseName: string;

  constructor(scope: Construct, id: string, { location }: LakeDatabaseProps) {
    super(scope, id);
    const { account, settings, dataRemoval } = EnvironmentStack.of(this);
    this.databaseName = `millrace_${settings.name}`;
    const database = new CfnDatabase(this, 'Resource', {
      catalogId: account,
      databaseInput: {
        name: this.databaseName,
        description: `Lake of Millrace's environment ${settings.name}`,
        // Without one, tables that do not say where they lie cannot be made.
        locationUri: location,
      },
    });
    database.applyRemovalPolicy(dataRemoval);
  }

  /** Lets `grantee` look tables up. Any table of the database: people make their own by Hive and notebooks. */
  grantRead(grantee: IGrantable): Grant {
    // Spark, Hive and Hue look at `default` first, whatever they are told; it is the account's, and nothing is made in it.
    return this.grant(grantee, READ_ACTIONS, [
      ...this.databaseArns('default', this.databaseName),
      this.arn('table', `${this.databaseName}/*`),
    ]);
  }

  /** Lets `grantee` look tables up, make, change and drop them. */
  grantWrite(grantee: IGrantable): Grant {
    const names = ['default', this.databaseName];
    const functions = names.map((name) => this.arn('userDefinedFunction', `${name}/*`));
    return this.grantRead(grantee)
      .combine(this.grant(grantee, WRITE_ACTIONS, [...this.databaseArns(this.databaseName), this.arn('table', `${this.databaseName}/*`)]))
      .combine(this.grant(grantee, FUNCTION_ACTIONS, [...this.databaseArns(...names), ...functions]));
  }

  private grant(grantee: IGrantable, actions: string[], resourceArns: string[]): Grant {
    return Grant.addToPrincipal({ grantee, actions, resourceArns });
  }

  /** Glue wants a right on each level: catalog, database, table. */
  private databaseArns(...names: string[]): string[] {
    return [this.arn('catalog'), ...names.map((name) => this.arn('database', name))];
  }

  private arn(resource: string, resourceName?: string): string {
    // As references, so that a finding of the checks on it has the same name in every account and region.
    return EnvironmentStack.of(this).formatArn({
      service: 'glue',
      region: Aws.REGION,
      account: Aws.ACCOUNT_ID,
      resource,
      ...(resourceName && { resourceName }),
    });
  }
}
