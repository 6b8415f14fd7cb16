import { CompositePrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Stream } from '../pipelines/pipeline.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import type { Lake } from './lake.ts';

export interface WarehouseRolesProps {
  readonly lake: Lake;
  readonly kafka: KafkaCluster;
  readonly streams: readonly Stream[];
}

/** What Redshift may do elsewhere: one role for each of its three ways out. */
export class WarehouseRoles extends Construct {
  /** Reads what steps exported, and what was staged, by COPY. */
  readonly copy: Role;
  /** Reads the lake's tables, by the external schema `lake`. */
  readonly lake: Role;
  /** Reads the topics, by the external schema `kafka`. */
  readonly stream: Role;

  constructor(scope: Construct, id: string, { lake, kafka, streams }: WarehouseRolesProps) {
    super(scope, id);
    this.copy = this.role('Copy', 'Redshift COPY reads exports and staged files');
    for (const folder of ['exports/', 'staged/']) lake.grantReadObjects(lake.tables, this.copy, folder);
    this.lake = this.role('Lake', 'Redshift reads the tables of the lake');
    lake.grantReadTables(this.lake);
    this.stream = this.role('Stream', 'Redshift reads the topics');
    // Redshift names its consumer groups itself, and does not say how.
    for (const { topic } of streams) kafka.grantConsume(this.stream, topic, '');
  }

  private role(id: string, description: string): Role {
    // Redshift Serverless takes roles on by either name.
    const services = ['redshift.amazonaws.com', 'redshift-serverless.amazonaws.com'].map((name) => new ServicePrincipal(name));
    return new Role(this, id, { assumedBy: new CompositePrincipal(...services), description });
  }
}
