import { ManagedPolicy, PolicyStatement, type IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { EnvironmentStack } from './environment-stack.ts';
import type { LakeDatabase } from './lake-database.ts';

export type AccessMode = 'read' | 'write';

/** What is needed besides listing: of objects, of the key, and of the bucket as a whole. */
interface Actions {
  readonly objects: string[];
  readonly key: string[];
  readonly bucket: string[];
}

const ACTIONS: Readonly<Record<AccessMode, Actions>> = {
  read: { objects: ['s3:GetObject'], key: ['kms:Decrypt'], bucket: [] },
  write: {
    objects: ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:PutObject'],
    // What was uploaded in parts is decrypted to be put together.
    key: ['kms:Decrypt', 'kms:GenerateDataKey'],
    // Uploads that a broken task left are listed, and ended, by Spark's committer. The action knows no prefix.
    bucket: ['s3:ListBucketMultipartUploads'],
  },
};

/**
 * Who may read and write what of the lake. Objects and tables have no names before they are made, so these rights end in a star after a
 * prefix; each prefix has one policy for reading and one for writing, made when the first role takes it, and all of them are here.
 */
export class LakeAccess extends Construct {
  private readonly key: IKey;

  constructor(scope: Construct, id: string, { key }: { readonly key: IKey }) {
    super(scope, id);
    this.key = key;
  }

  /** Objects under `prefix`: listing them, and what `mode` says. */
  grantObjects(bucket: Bucket, role: IRole, prefix: string, mode: AccessMode): void {
    const name = [mode, bucket.node.id.toLowerCase(), ...prefix.split('/').filter(Boolean)].join('-');
    role.addManagedPolicy(this.policy(name, () => this.objectStatements(bucket, prefix, ACTIONS[mode])));
  }

  /** Entries of the catalog. */
  grantCatalog(database: LakeDatabase, role: IRole, mode: AccessMode): void {
    role.addManagedPolicy(this.policy(`${mode}-catalog`, () => database.statements(mode)));
  }

  /** The entry of one table. */
  grantTable(database: LakeDatabase, role: IRole, table: string): void {
    role.addManagedPolicy(this.policy(`read-table-${table}`, () => database.lookUp(table)));
  }

  private policy(name: string, statements: () => PolicyStatement[]): ManagedPolicy {
    const made = this.node.tryFindChild(name);
    return made instanceof ManagedPolicy ? made : new ManagedPolicy(this, name, { description: `Lake: ${name}`, statements: statements() });
  }

  private objectStatements(bucket: Bucket, prefix: string, { objects, key, bucket: wholeBucket }: Actions): PolicyStatement[] {
    const { region, urlSuffix } = EnvironmentStack.of(this);
    const list = { StringLike: { 's3:prefix': `${prefix}*` } };
    const byS3 = { StringEquals: { 'kms:ViaService': `s3.${region}.${urlSuffix}` } };
    return [
      new PolicyStatement({ actions: objects, resources: [bucket.arnForObjects(`${prefix}*`)] }),
      new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn], conditions: list }),
      new PolicyStatement({ actions: key, resources: [this.key.keyArn], conditions: byS3 }),
      ...(wholeBucket.length > 0 ? [new PolicyStatement({ actions: wholeBucket, resources: [bucket.bucketArn] })] : []),
    ];
  }
}
