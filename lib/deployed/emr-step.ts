import { gunzipSync } from 'node:zlib';
import { DescribeClusterCommand, DescribeStepCommand, type Step } from '@aws-sdk/client-emr';
import { GetObjectCommand, NoSuchKey } from '@aws-sdk/client-s3';
import { reasonIn } from '../cli/spark-log.ts';
import type { SparkStepResult } from '../pipelines/step-result.ts';
import type { Deployed } from './aws.ts';
import type { StateRun } from './history.ts';

/** A step on an EMR cluster. */
export interface EmrStep {
  readonly clusterId: string;
  readonly stepId: string;
}

interface StepRequest {
  readonly ClusterId?: string;
  readonly JobFlowId?: string;
  readonly Step?: { readonly HadoopJarStep?: { readonly Args?: readonly string[] } };
  readonly Steps?: readonly { readonly HadoopJarStep?: { readonly Args?: readonly string[] } }[];
}

interface StepAnswer {
  readonly StepId?: string;
  readonly StepIds?: readonly string[];
  readonly Step?: { readonly Id?: string };
}

/** The step that a state runs. @returns undefined for a state that runs none, or has not come to it */
export function emrStep({ request, answer }: StateRun): EmrStep | undefined {
  const { ClusterId, JobFlowId } = parsed<StepRequest>(request);
  const { StepId, StepIds, Step } = parsed<StepAnswer>(answer);
  const clusterId = ClusterId ?? JobFlowId;
  const stepId = StepId ?? StepIds?.[0] ?? Step?.Id;
  return clusterId && stepId ? { clusterId, stepId } : undefined;
}

/** What the step of a state says of itself in the object it was told to write (`--result`). @returns undefined where there is none */
export async function stepResult(deployed: Deployed, { request }: StateRun): Promise<SparkStepResult | undefined> {
  const { Step, Steps } = parsed<StepRequest>(request);
  const args = Step?.HadoopJarStep?.Args ?? Steps?.[0]?.HadoopJarStep?.Args ?? [];
  const uri = args[args.indexOf('--result') + 1];
  if (!args.includes('--result') || uri === undefined) return undefined;
  const text = await objectAt(deployed, uri);
  return text && (JSON.parse(text.toString('utf8')) as SparkStepResult);
}

export async function describeStep({ emr }: Deployed, { clusterId, stepId }: EmrStep): Promise<Step | undefined> {
  return (await emr.send(new DescribeStepCommand({ ClusterId: clusterId, StepId: stepId }))).Step;
}

export interface StepLog {
  /** Where the step's standard error is, or will be within minutes: EMR uploads logs now and then. */
  readonly uri: string;
  /** The line that says what went wrong; undefined while the log is not there, or where it has no such line. */
  readonly line?: string;
}

/** @returns undefined where the cluster keeps no logs */
export async function stepLog(deployed: Deployed, { clusterId, stepId }: EmrStep): Promise<StepLog | undefined> {
  const { Cluster } = await deployed.emr.send(new DescribeClusterCommand({ ClusterId: clusterId }));
  if (!Cluster?.LogUri) return undefined;
  // EMR writes the scheme as it did ten years ago.
  const folder = Cluster.LogUri.replace(/^s3n?:/, 's3:').replace(/\/$/, '');
  const uri = `${folder}/${clusterId}/steps/${stepId}/stderr.gz`;
  const packed = await objectAt(deployed, uri);
  const line = packed && reasonIn(gunzipSync(packed).toString('utf8'));
  return { uri, ...(line && { line }) };
}

async function objectAt({ s3 }: Deployed, uri: string): Promise<Buffer | undefined> {
  const [, bucket, key] = /^s3a?:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  if (!bucket || !key) return undefined;
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Body && Buffer.from(await Body.transformToByteArray());
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

function parsed<T>(text: string | undefined): Partial<T> {
  try {
    return JSON.parse(text ?? '{}') as T;
  } catch {
    return {}; // AWS cuts long texts off
  }
}
