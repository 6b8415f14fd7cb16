import { CfnScalableTarget, CfnScalingPolicy } from 'aws-cdk-lib/aws-applicationautoscaling';
import { Construct } from 'constructs';

export interface KafkaStorageScalingProps {
  readonly clusterArn: string;
  /** Disk of each broker that scaling stops at, GiB. */
  readonly maxStorageGiB: number;
}

/** Percent of the fullest broker's disk at which all disks grow. */
const TARGET_UTILIZATION = 60;

/**
 * Lets the brokers' disks grow. A disk never shrinks: the size in the template is the one at the start, and must not be changed to less
 * than the disks have grown to.
 */
export class KafkaStorageScaling extends Construct {
  constructor(scope: Construct, id: string, { clusterArn, maxStorageGiB }: KafkaStorageScalingProps) {
    super(scope, id);
    // Without a role: AWS takes its service-linked one, whatever is given.
    const target = new CfnScalableTarget(this, 'Target', {
      serviceNamespace: 'kafka',
      scalableDimension: 'kafka:broker-storage:VolumeSize',
      resourceId: clusterArn,
      minCapacity: 1,
      maxCapacity: maxStorageGiB,
    });
    new CfnScalingPolicy(this, 'Policy', {
      policyName: 'broker-storage',
      policyType: 'TargetTrackingScaling',
      scalingTargetId: target.ref,
      targetTrackingScalingPolicyConfiguration: {
        predefinedMetricSpecification: { predefinedMetricType: 'KafkaBrokerStorageUtilization' },
        targetValue: TARGET_UTILIZATION,
        disableScaleIn: true,
      },
    });
  }
}
