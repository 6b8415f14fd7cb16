import { isDeepStrictEqual } from 'node:util';
import { Role, ServicePrincipal, User } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { EnvironmentStage } from '../../lib/environment-stage.ts';
import { environment } from '../../lib/environments.ts';
import { statementsOf, trustOf, type Statement } from '../support/policies.ts';
import { templateOf, testStage } from '../support/stacks.ts';

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
}

let dev: EnvironmentStage;
let prod: EnvironmentStage;
let reader: Role;
let loader: Role;
beforeAll(() => {
  const { warehouse } = environment('dev');
  dev = testStage('dev', { warehouse: { ...warehouse, streamingRefresh: { everyMinutes: 90 } } });
  const role = (id: string) => new Role(dev.pipelines, id, { assumedBy: new ServicePrincipal('states.amazonaws.com') });
  reader = role('Reader');
  dev.warehouse.warehouse.grantQuery(reader);
  loader = role('Loader');
  dev.warehouse.warehouse.grantLoad(loader);
  prod = testStage('prod');
}, 60_000);

const resources = (stage: EnvironmentStage) => (templateOf(stage.warehouse).toJSON() as { Resources: Record<string, Resource> }).Resources;
const ofType = (stage: EnvironmentStage, type: string) => Object.entries(resources(stage)).filter(([, { Type }]) => Type === type);
const one = (stage: EnvironmentStage, type: string) => {
  const [[id, resource], more] = ofType(stage, type) as [[string, Resource], unknown];
  expect(more).toBeUndefined();
  return { id, ...resource };
};
const find = (scope: IConstruct, path: string) => path.split('/').reduce((at, id) => at.node.findChild(id), scope);
const roleOf = (path: string) => find(dev.warehouse, `Warehouse/${path}`) as Role;
const resolved = (value: unknown) => dev.warehouse.resolve(value) as unknown;
const actions = (statements: readonly Statement[]) => statements.flatMap(({ Action }) => Action).toSorted();

describe.each(['dev', 'prod'])('in %s', (name) => {
  const stage = () => (name === 'dev' ? dev : prod);

  // No rule of cdk-nag looks at Redshift Serverless: publicly accessible would pass.
  test('the workgroup is private, in three zones, takes TLS only and reaches the network by the VPC', () => {
    const { Properties } = one(stage(), 'AWS::RedshiftServerless::Workgroup');
    expect(Properties).toMatchObject({ PubliclyAccessible: false, EnhancedVpcRouting: true });
    expect(Properties['SubnetIds']).toHaveLength(3);
    expect(Properties['SecurityGroupIds']).toEqual([stage().warehouse.resolve(stage().network.network.groups.warehouse.securityGroupId)]);
    const parameters = Properties['ConfigParameters'] as { ParameterKey: string; ParameterValue: string }[];
    expect(parameters).toEqual(
      expect.arrayContaining([
        { ParameterKey: 'require_ssl', ParameterValue: 'true' },
        { ParameterKey: 'enable_user_activity_logging', ParameterValue: 'true' },
        { ParameterKey: 'enable_case_sensitive_identifier', ParameterValue: 'true' },
      ]),
    );
    // Redshift refuses any other key, which no validator of templates knows.
    const allowed =
      /^(auto_mv|datestyle|enable_case_sensitive_identifier|enable_user_activity_logging|query_group|search_path|require_ssl|use_fips_ssl|wlm_json_configuration|max_\w+)$/;
    expect(parameters.map(({ ParameterKey }) => ParameterKey).filter((key) => !allowed.test(key))).toEqual([]);
  });

  test('the namespace is encrypted, audited, and its password nobody’s', () => {
    const { Properties } = one(stage(), 'AWS::RedshiftServerless::Namespace');
    expect(Properties).toMatchObject({
      KmsKeyId: stage().warehouse.resolve(stage().lake.lake.key.keyArn) as unknown,
      ManageAdminPassword: true,
      LogExports: ['userlog', 'connectionlog', 'useractivitylog'],
    });
    expect(Properties).not.toHaveProperty('AdminUserPassword');
  });

  test('what Redshift logs goes to groups of the stack, which are there before it and after', () => {
    const namespace = one(stage(), 'AWS::RedshiftServerless::Namespace');
    const groups = ofType(stage(), 'AWS::Logs::LogGroup').filter(([, { Properties }]) => Properties['LogGroupName'] !== undefined);
    expect(groups.map(([, { Properties, DeletionPolicy }]) => [Properties['LogGroupName'], DeletionPolicy])).toEqual(
      ['userlog', 'connectionlog', 'useractivitylog'].map((log) => [`/aws/redshift/millrace-${name}/${log}`, 'Delete']),
    );
    expect(namespace.DependsOn).toEqual(expect.arrayContaining(groups.map(([id]) => id)));
  });

  test('the workgroup goes before its namespace', () => {
    const namespace = one(stage(), 'AWS::RedshiftServerless::Namespace');
    expect(one(stage(), 'AWS::RedshiftServerless::Workgroup').DependsOn).toContain(namespace.id);
  });

  test('data stay where they are to stay', () => {
    expect(one(stage(), 'AWS::RedshiftServerless::Namespace').DeletionPolicy).toBe(name === 'dev' ? 'Delete' : 'Retain');
  });
});

test('capacity is the least in dev, and limited', () => {
  expect(one(dev, 'AWS::RedshiftServerless::Workgroup').Properties).toMatchObject({ BaseCapacity: 4, MaxCapacity: 8 });
  expect(one(prod, 'AWS::RedshiftServerless::Workgroup').Properties).toMatchObject({ BaseCapacity: 8, MaxCapacity: 32 });
});

describe('streams', () => {
  test('are read on a schedule in dev, so that the warehouse can pause', () => {
    expect(one(dev, 'Custom::WarehouseSchema').Properties['AutoRefresh']).toBe('false');
    const { Properties, DependsOn } = one(dev, 'AWS::Scheduler::Schedule');
    expect(Properties).toMatchObject({
      ScheduleExpression: 'rate(90 minutes)',
      Target: {
        Arn: 'arn:aws:scheduler:::aws-sdk:redshiftdata:executeStatement',
        Input: JSON.stringify({
          WorkgroupName: 'millrace-dev',
          Database: 'millrace',
          Sql: 'CALL millrace.refresh_listening_events_stream()',
        }),
      },
    });
    expect(DependsOn).toContain(one(dev, 'Custom::WarehouseSchema').id);
  });

  test('are followed by Redshift itself in prod', () => {
    expect(one(prod, 'Custom::WarehouseSchema').Properties['AutoRefresh']).toBe('true');
    expect(ofType(prod, 'AWS::Scheduler::Schedule')).toEqual([]);
  });
});

test('the schema is told where everything is, and comes after what it uses', () => {
  const { Properties, DependsOn } = one(dev, 'Custom::WarehouseSchema');
  expect(Properties).toMatchObject({
    Region: 'eu-central-1',
    LakeDatabase: 'millrace_dev',
    LakeRole: resolved(roleOf('Roles/Lake').roleArn),
    StreamRole: resolved(roleOf('Roles/Stream').roleArn),
    Brokers: resolved(dev.stream.kafka.brokers),
    Streams: [{ Topic: 'listening-events', Contract: 'listening_events' }],
  });
  const used = Object.keys(resources(dev)).filter((id) => id.startsWith('WarehouseRoles'));
  expect(used.length).toBeGreaterThan(3);
  expect(DependsOn).toEqual(expect.arrayContaining(used));
});

describe('Redshift', () => {
  test.each(['Copy', 'Lake', 'Stream'])('alone takes on the role %s', (role) => {
    const Service = ['redshift-serverless.amazonaws.com', 'redshift.amazonaws.com'];
    expect(trustOf(dev.warehouse, roleOf(`Roles/${role}`))).toEqual([
      { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service } },
    ]);
  });

  test('copies exports and staged files, and nothing else', () => {
    const statements = statementsOf(dev.warehouse, roleOf('Roles/Copy'));
    expect(new Set(actions(statements))).toEqual(new Set(['kms:Decrypt', 's3:GetObject', 's3:ListBucket']));
    const objects = statements.filter(({ Action }) => Action === 's3:GetObject').map(({ Resource }) => Resource);
    expect(objects).toEqual(['exports/*', 'staged/*'].map((each) => resolved(dev.lake.lake.tables.arnForObjects(each))));
  });

  test('reads the lake’s tables, and writes none', () => {
    const allowed = actions(statementsOf(dev.warehouse, roleOf('Roles/Lake')));
    expect(allowed).toEqual(expect.arrayContaining(['glue:GetTable', 's3:GetObject']));
    expect(allowed.filter((action) => /Put|Delete|Create|Update|\*/.test(action))).toEqual([]);
  });

  test('reads the one topic, as any group', () => {
    const statements = statementsOf(dev.warehouse, roleOf('Roles/Stream'));
    expect(statements.map(({ Action }) => Action)).toEqual([
      'kafka-cluster:Connect',
      ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'],
      ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'],
    ]);
    const [cluster, topic, group] = statements.map(({ Resource }) => JSON.stringify(Resource));
    expect(cluster).toBe(JSON.stringify(resolved(dev.stream.kafka.clusterArn)));
    expect(topic).toMatch(/:topic\/millrace-dev\/.*"\/listening-events"/);
    expect(group).toMatch(/:group\/millrace-dev\/.*"\/\*"/);
  });
});

describe('of the Data API', () => {
  const FOLLOW_UP = {
    Effect: 'Allow',
    Action: ['redshift-data:CancelStatement', 'redshift-data:DescribeStatement', 'redshift-data:GetStatementResult'],
    Resource: '*',
    Condition: { StringEquals: { 'redshift-data:statement-owner-iam-userid': '${aws:userid}' } },
  };
  const SEND = ['redshift-data:BatchExecuteStatement', 'redshift-data:ExecuteStatement'];
  const workgroup = (stage: EnvironmentStage) => ({
    'Fn::GetAtt': [one(stage, 'AWS::RedshiftServerless::Workgroup').id, 'Workgroup.WorkgroupArn'],
  });

  test('migrations use the administrator’s secret, and no other', () => {
    const [logs, ...statements] = statementsOf(dev.warehouse, roleOf('Schema/FunctionRole'));
    expect(logs!.Action).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
    expect(statements).toEqual(
      expect.arrayContaining([
        { Effect: 'Allow', Action: SEND, Resource: workgroup(dev) },
        {
          Effect: 'Allow',
          Action: 'secretsmanager:GetSecretValue',
          Resource: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:redshift!millrace-dev-millrace_admin-??????',
        },
        FOLLOW_UP,
      ]),
    );
    expect(statements).toHaveLength(3);
    const { Properties } = one(dev, 'AWS::RedshiftServerless::Namespace');
    expect(Properties).toMatchObject({ NamespaceName: 'millrace-dev', AdminUsername: 'millrace_admin' });
  });

  test('a reader may send statements as itself and follow up its own', () => {
    const statements = statementsOf(dev.pipelines, reader);
    const arn = dev.pipelines.resolve(dev.warehouse.warehouse.workgroupArn) as unknown;
    expect(statements).toHaveLength(2);
    expect(statements).toEqual(
      expect.arrayContaining([{ Effect: 'Allow', Action: [...SEND, 'redshift-serverless:GetCredentials'], Resource: arn }, FOLLOW_UP]),
    );
  });

  test('a loader may do the same, follows up its statements in a later session, too, and is told to the database', () => {
    const own = statementsOf(dev.pipelines, reader);
    const statements = statementsOf(dev.pipelines, loader);
    expect(statements).toEqual(expect.arrayContaining(own));
    const roleId = dev.pipelines.resolve(loader.roleId) as unknown;
    expect(statements.filter((each) => !own.some((one) => isDeepStrictEqual(one, each)))).toEqual([
      {
        Effect: 'Allow',
        Action: FOLLOW_UP.Action,
        Resource: '*',
        Condition: { StringLike: { 'redshift-data:statement-owner-iam-userid': { 'Fn::Join': ['', [roleId, ':*']] } } },
      },
    ]);
    const loaders = Object.values(templateOf(dev.pipelines).findResources('Custom::WarehouseLoader'));
    expect(loaders.map(({ Properties }) => (Properties as Record<string, unknown>)['RoleName'])).toContainEqual(
      dev.pipelines.resolve(loader.roleName),
    );
  });

  test('the refresh may send statements only', () => {
    expect(statementsOf(dev.warehouse, roleOf('Refresh/Role'))).toEqual([
      { Effect: 'Allow', Action: ['redshift-data:ExecuteStatement', 'redshift-serverless:GetCredentials'], Resource: workgroup(dev) },
    ]);
  });

  test('fails to be granted to what is no role of the app', () => {
    const user = User.fromUserName(dev.warehouse, 'Somebody', 'somebody');
    expect(() => dev.warehouse.warehouse.grantQuery(user)).toThrow('grantee of the warehouse must be a role of this app, got a');
  });
});
