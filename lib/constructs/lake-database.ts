import { CfnDatabase } from 'aws-cdk-lib/aws-glue';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
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

  /**
   * What looking tables up takes, and with `write` making, changing and dropping them. Any table of the database: people make their own
   * by Hive and notebooks.
   */
  statements(mode: 'read' | 'write'): PolicyStatement[] {
    const names = ['default', this.databaseName];
    const tables = this.arn('table', `${this.databaseName}/*`);
    // Spark, Hive and Hue look at `default` first, whatever they are told; it is the account's, and nothing is made in it.
    const read = new PolicyStatement({ actions: READ_ACTIONS, resources: [...this.databaseArns(...names), tables] });
    if (mode === 'read') return [read];
    const functions = names.map((name) => this.arn('userDefinedFunction', `${name}/*`));
    return [
      read,
      new PolicyStatement({ actions: WRITE_ACTIONS, resources: [...this.databaseArns(this.databaseName), tables] }),
      // An account that never used Glue has no `default`: Hive's client, in Spark, too, makes it before anything else, or fails.
      new PolicyStatement({ actions: ['glue:CreateDatabase'], resources: this.databaseArns('default') }),
      new PolicyStatement({ actions: FUNCTION_ACTIONS, resources: [...this.databaseArns(...names), ...functions] }),
    ];
  }

  /** What looking one table up takes: a reader of Iceberg gets from its entry to its files. */
  lookUp(table: string): PolicyStatement[] {
    const resources = [...this.databaseArns(this.databaseName), this.arn('table', `${this.databaseName}/${table}`)];
    return [new PolicyStatement({ actions: ['glue:GetTable'], resources })];
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
