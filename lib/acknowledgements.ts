import { CfnResource, Validations } from 'aws-cdk-lib/core';
import { rules } from 'cdk-nag';
import type { IConstruct } from 'constructs';

/** Findings of the checks that are as they should be: where, which, and why. */
export interface Acknowledgement {
  /** Path of the resource, or of the construct that holds nothing else of its kind, below the environment's stage. */
  readonly path: string;
  /** Ids of the findings, as the checks print them. @default - none */
  readonly findings?: readonly string[];
  /** Wildcards of its policies that are accepted, as cdk-nag's rule IAM5 prints them. @default - none */
  readonly wildcards?: readonly RegExp[];
  readonly reason: string;
}

/** All findings that are accepted. A new one fails the synthesis; one that no check finds any more fails a test. */
export const ACKNOWLEDGEMENTS: readonly Acknowledgement[] = [
  {
    path: 'network/Network/AccountWide',
    wildcards: [/^Resource::\*$/, /:vpc-endpoint\/\*$/],
    reason: 'IAM grants these actions for no single resource, or for one whose id nobody knows beforehand; each policy is one caller.',
  },
  {
    path: 'lake/Lake/Access',
    wildcards: [
      /^Resource::<Lake(Raw|Tables|Artifacts)\w+\.Arn>\/[\w/]+\/\*$/,
      /:(table|userDefinedFunction)\/(millrace_\w+|default)\/\*$/,
    ],
    reason: 'Objects and tables have no names before they are made; each policy is one prefix, or one database.',
  },
  {
    path: 'processing/Cluster/InstanceRole/DefaultPolicy/Resource',
    wildcards: [/^Resource::\*$/, /\/millrace-\w+-processing\/\*$/],
    reason: 'Port forwarding takes no resource; a run under way goes on with the assets of the deployment before.',
  },
  {
    path: 'processing/Cluster/ServiceRole/Resource',
    findings: ['AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonEMRServicePolicy_v2]'],
    reason: 'AWS keeps this policy in step with what EMR does, and it is confined to what carries its tag.',
  },
  {
    path: 'processing/Cluster/Resource',
    findings: ['AwsSolutions::AwsSolutions-EMR4', 'AwsSolutions::AwsSolutions-EMR5'],
    reason:
      "The rules look for the settings at the top of the security configuration; EMR's own form, which a test asserts, has them under EncryptionConfiguration.",
  },
  {
    path: 'processing/Cluster/Resource',
    findings: ['AwsSolutions::AwsSolutions-EMR6'],
    reason: 'Nobody logs in by ssh, so that there is no key pair: the way in is port forwarding by SSM, under IAM.',
  },
  {
    path: 'stream/Kafka/ConsumerGroups',
    wildcards: [/:group\/millrace-\w+\/.+\/(spark-kafka-source)?\*$/],
    reason: 'Spark ends the names of its consumer groups at random, and Redshift names its own as it likes; each policy is one prefix.',
  },
  {
    path: 'pipelines/Roles',
    wildcards: [/^Resource::\*$/, /:execution:.+:\*$/],
    reason:
      'Ids of clusters and of statements are known only when they are made: tags, and whose session it was, are the conditions. Executions have names of their own.',
  },
  {
    path: 'pipelines/Clusters/FunctionRole/DefaultPolicy/Resource',
    wildcards: [/^Resource::\*$/, /:execution:.+:\*$/],
    reason: 'Listing clusters takes no resource, and which of them may be terminated their tag says. Executions have names of their own.',
  },
];

/** Tells the checks of an environment what is accepted in it. To be called when all of it is there. */
export function acknowledge(stage: IConstruct): void {
  for (const { path, findings = [], wildcards = [], reason } of ACKNOWLEDGEMENTS) {
    // What an environment does not have, such as a persistent cluster, needs no acknowledgement there.
    const construct = path.split('/').reduce<IConstruct | undefined>((scope, id) => scope?.node.tryFindChild(id), stage);
    if (!construct) continue;
    Validations.of(construct).acknowledge(...findings.map((id) => ({ id, reason })));
    for (const resource of construct.node.findAll().filter((each) => CfnResource.isCfnResource(each))) {
      const accepted = wildcardsOf(resource).filter((found) => wildcards.some((pattern) => pattern.test(found)));
      Validations.of(resource).acknowledge(...accepted.map((found) => ({ id: `AwsSolutions::AwsSolutions-IAM5[${found}]`, reason })));
    }
  }
}

/** What rule IAM5 finds in a resource. Asked of the rule itself: the texts hold references that are made only when the app is. */
function wildcardsOf(resource: CfnResource): string[] {
  const found: unknown = rules.iam.IAMNoWildcardPermissions(resource);
  return Array.isArray(found) ? found.map(String) : [];
}
