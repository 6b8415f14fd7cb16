import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import type { App, Stack } from 'aws-cdk-lib/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { CONTRACTS } from '../../lib/contracts/index.ts';
import { sparkContract } from '../../lib/contracts/render/spark.ts';
import type { EnvironmentStage } from '../../lib/environment-stage.ts';
import { PIPELINES } from '../../lib/pipelines/index.ts';
import { stepsOf } from '../../lib/pipelines/pipeline.ts';
import { awsPoliciesOf, statementsOf, trustOf, type Statement } from '../support/policies.ts';
import { ACCOUNT, REGION, templateOf, testStage } from '../support/stacks.ts';

let dev: EnvironmentStage;
let prod: EnvironmentStage;
let prodTemplate: Template;

beforeAll(() => {
  dev = testStage('dev');
  prod = testStage('prod');
  prodTemplate = templateOf(prod.processing);
});

const ASSETS = `cdk-hnb659fds-assets-${ACCOUNT}-${REGION}`;

function of(statements: readonly Statement[], service: string): Statement[] {
  const actionsOf = ({ Action }: Statement) => [Action].flat();
  return statements
    .filter((each) => actionsOf(each).some((action) => action.startsWith(`${service}:`)))
    .map((each) => ({ ...each, Action: actionsOf(each).filter((action) => action.startsWith(`${service}:`)) }));
}

describe('code of the steps', () => {
  test('scripts, jars, contracts and packages come from the stack’s own folder of the asset bucket', () => {
    const { code } = dev.processing;
    const uris = [...code.jars, code.package, code.pythonPackages, code.script('train.py'), code.contract('churn_scores')];
    for (const uri of uris) expect(uri).toMatch(new RegExp(`^s3://${ASSETS}/millrace-dev-processing/[0-9a-f]{64}\\.(jar|zip|py|json)$`));
    expect(new Set(uris).size).toBe(uris.length);
  });

  test('there is a script for every step of the pipelines', () => {
    for (const step of PIPELINES.flatMap((pipeline) => stepsOf<never>(pipeline)))
      if (step.kind === 'spark') expect(dev.processing.code.script(step.script)).toMatch(/\.py$/);
    expect(() => dev.processing.code.script('no.py')).toThrow(/^script must be one of .*features\.py, .*, got no\.py$/);
  });

  test('jars are those of Kafka and of signing in; Iceberg is EMR’s own', () => {
    const names = (folder: string) => readdirSync(`.jars/${folder}`);
    const wanted = [...names('spark').filter((jar) => !jar.startsWith('iceberg')), ...names('emr')];
    expect(dev.processing.code.jars).toHaveLength(wanted.length);
    expect(wanted.join(' ')).toMatch(/spark-sql-kafka.*aws-msk-iam-auth/);
  });

  test('the package for --py-files has `millrace` at its root and nothing else', () => {
    const output = assetFile(dev.processing.code.package);
    expect(readdirSync(output)).toEqual(['millrace']);
    expect(readdirSync(join(output, 'millrace'))).toContain('step.py');
    expect(readdirSync(join(output, 'millrace'))).not.toContain('__pycache__');
  });

  test('contracts are those of the local runtime', () => {
    for (const each of CONTRACTS) {
      expect(JSON.parse(readFileSync(assetFile(dev.processing.code.contract(each.name)), 'utf8'))).toEqual(sparkContract(each));
    }
  });

  function assetFile(uri: string): string {
    const hash = /([0-9a-f]{64})/.exec(uri)![1];
    const { outdir } = dev.node.root as App;
    return join(
      outdir,
      readdirSync(outdir).find((name) => name.startsWith(`asset.${hash}`))!,
    );
  }
});

function tunnels(template: Template): Record<string, unknown> {
  return Object.fromEntries(Object.entries(template.findOutputs('*')).filter(([name]) => name.startsWith('Tunnels')));
}

describe('what the nodes may do', () => {
  const statements = () => statementsOf(dev.processing, dev.processing.cluster.instanceRole);

  test('they read the code of this and earlier deployments, and no other asset', () => {
    const assets = of(statements(), 's3').filter(({ Resource }) => JSON.stringify(Resource).includes(ASSETS));
    expect(assets).toEqual([{ Effect: 'Allow', Action: ['s3:GetObject'], Resource: `arn:aws:s3:::${ASSETS}/millrace-dev-processing/*` }]);
  });

  /** Folders of the lake that something may be done with. */
  const foldersFor = (action: string) =>
    of(statements(), 's3')
      .filter(({ Action }) => [Action].flat().includes(action))
      .flatMap(({ Resource }) => [Resource].flat())
      .flatMap((arn) => /"\/([a-z]*\/\*)"/.exec(JSON.stringify(arn))?.[1] ?? [])
      .sort();

  test('they write where steps keep tables, progress, models, exports, results and logs', () => {
    expect(foldersFor('s3:PutObject')).toEqual(['checkpoints/*', 'emr/*', 'exports/*', 'models/*', 'results/*', 'tables/*']);
  });

  test('they read staged files besides, which are the Lambda’s to write', () => {
    expect(foldersFor('s3:GetObject').filter((folder) => !foldersFor('s3:PutObject').includes(folder))).toEqual(['staged/*']);
  });

  test('they read the topics of the pipelines, in the groups that Spark makes, and write predictions alone', () => {
    const kafka = of(statements(), 'kafka-cluster');
    const actions = ['AlterGroup', 'Connect', 'DescribeGroup', 'DescribeTopic', 'ReadData', 'WriteData', 'WriteDataIdempotently'];
    expect([...new Set(kafka.flatMap(({ Action }) => Action))].sort()).toEqual(actions.map((each) => `kafka-cluster:${each}`));
    const topicsOf = (action: string) => {
      const text = JSON.stringify(kafka.filter(({ Action }) => [Action].flat().includes(`kafka-cluster:${action}`)));
      return [...text.matchAll(/"\/([a-z-]+)"/g)].map(([, topic]) => topic).sort();
    };
    expect(topicsOf('ReadData')).toEqual(['ad-clicks', 'ad-impressions', 'exam-attempts', 'listening-events']);
    expect(topicsOf('WriteData')).toEqual(['click-predictions']);
    const text = JSON.stringify(kafka);
    expect(text).toContain('/spark-kafka-source*"');
    expect(text).not.toContain('rejects');
  });

  test('they open tunnels, and nothing else of SSM', () => {
    expect(['ssm', 'ssmmessages'].flatMap((service) => of(statements(), service)).flatMap(({ Action }) => Action)).toEqual([
      'ssm:UpdateInstanceInformation',
      'ssmmessages:CreateControlChannel',
      'ssmmessages:CreateDataChannel',
      'ssmmessages:OpenControlChannel',
      'ssmmessages:OpenDataChannel',
    ]);
  });

  test('no service beside these is theirs', () => {
    const services = statements().flatMap(({ Action }) => [Action].flat().map((action) => action.split(':')[0]));
    expect([...new Set(services)].sort()).toEqual(['glue', 'kafka-cluster', 'kms', 's3', 'ssm', 'ssmmessages']);
  });
});

describe('what EMR may do', () => {
  test('its own policy, the nodes’ role for EC2 alone, the key for disks', () => {
    const { instanceRole, serviceRole } = dev.processing.cluster;
    const stack: Stack = dev.processing;
    expect(awsPoliciesOf(stack, serviceRole)).toEqual(['service-role/AmazonEMRServicePolicy_v2']);
    const statements = statementsOf(stack, serviceRole);
    const key = statements.find(({ Action }) => Action === 'kms:CreateGrant')!.Resource;
    expect(JSON.stringify(key)).toContain('millrace-dev-lake:');
    expect(statements).toEqual([
      {
        Effect: 'Allow',
        Action: 'iam:PassRole',
        Resource: stack.resolve(instanceRole.roleArn) as unknown,
        Condition: { StringLike: { 'iam:PassedToService': 'ec2.amazonaws.com*' } },
      },
      {
        Effect: 'Allow',
        Action: [
          'kms:Decrypt',
          'kms:DescribeKey',
          'kms:Encrypt',
          'kms:GenerateDataKey',
          'kms:GenerateDataKeyWithoutPlaintext',
          'kms:ReEncryptFrom',
          'kms:ReEncryptTo',
        ],
        Resource: key,
      },
      { Effect: 'Allow', Action: 'kms:CreateGrant', Resource: key, Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } } },
      {
        Effect: 'Allow',
        Action: 'iam:CreateServiceLinkedRole',
        Resource: `arn:aws:iam::${ACCOUNT}:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot`,
        Condition: { StringEquals: { 'iam:AWSServiceName': 'spot.amazonaws.com' } },
      },
    ]);
  });

  test('only for this account', () => {
    expect(trustOf(dev.processing, dev.processing.cluster.serviceRole)).toEqual([
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Principal: { Service: 'elasticmapreduce.amazonaws.com' },
        Condition: {
          StringEquals: { 'aws:SourceAccount': ACCOUNT },
          ArnLike: { 'aws:SourceArn': `arn:aws:elasticmapreduce:${REGION}:${ACCOUNT}:*` },
        },
      },
    ]);
  });
});

describe('lifetimes', () => {
  test('a transient cluster is no resource, and its request names what is one', () => {
    const template = templateOf(dev.processing);
    template.resourceCountIs('AWS::EMR::Cluster', 0);
    template.hasResourceProperties('AWS::EMR::SecurityConfiguration', { Name: dev.processing.cluster.definition.SecurityConfiguration });
    expect(dev.processing.cluster.persistentName).toBeUndefined();
  });

  test('the persistent one starts when roles, policies, certificates and encryption are there, and goes before them', () => {
    const [cluster] = Object.values(prodTemplate.findResources('AWS::EMR::Cluster'));
    expect(cluster!.DependsOn).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/InstanceRoleDefaultPolicy/),
        expect.stringMatching(/ServiceRoleDefaultPolicy/),
        expect.stringMatching(/SecurityConfiguration/),
      ]),
    );
    const [security] = Object.values(prodTemplate.findResources('AWS::EMR::SecurityConfiguration'));
    const [certificate] = Object.keys(prodTemplate.findResources('Custom::EmrCertificates'));
    expect(security!.DependsOn).toContain(certificate);
  });

  test('all three security groups are the network’s: EMR’s own would stay', () => {
    prodTemplate.hasResourceProperties('AWS::EMR::Cluster', {
      Instances: {
        EmrManagedMasterSecurityGroup: Match.anyValue(),
        EmrManagedSlaveSecurityGroup: Match.anyValue(),
        ServiceAccessSecurityGroup: Match.anyValue(),
        TerminationProtected: false,
      },
    });
  });

  test('its tunnels are outputs: commands as they are typed, which look up the primary node', () => {
    const outputs = tunnels(prodTemplate);
    expect(Object.keys(outputs).sort()).toEqual(['TunnelsHue', 'TunnelsLivy', 'TunnelsNotebooks', 'TunnelsSpark', 'TunnelsYarn']);
    const text = JSON.stringify(outputs['TunnelsHue']);
    expect(text).toMatch(/aws ssm start-session --region eu-central-1 --target \$\(aws emr list-instances .* --instance-fleet-type MASTER/);
    expect(text).toContain('AWS-StartPortForwardingSession');
    expect(text).toContain('8888');
    // The nodes of prod speak TLS.
    expect(JSON.stringify(outputs['TunnelsSpark'])).toContain('18480');
    expect(tunnels(templateOf(dev.processing))).toEqual({});
  });

  test('certificates are made and read where nodes speak TLS, and nowhere else', () => {
    templateOf(dev.processing).resourceCountIs('Custom::EmrCertificates', 0);
    prodTemplate.hasResourceProperties('Custom::EmrCertificates', { domain: `${REGION}.compute.internal`, key: 'certificates/emr.zip' });
    const read = of(statementsOf(prod.processing, prod.processing.cluster.instanceRole), 's3');
    expect(JSON.stringify(read)).toContain('/certificates/emr.zip"');
  });
});
