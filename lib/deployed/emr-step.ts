import { gunzipSync } from 'node:zlib';
import { DescribeClusterCommand, DescribeStepCommand, type Step } from '@aws-sdk/client-emr';
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey } from '@aws-sdk/client-s3';
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
  /** Where the log is that tells most, or will be within minutes: EMR uploads logs now and then. */
  readonly uri: string;
  /** The line that says what went wrong; undefined while the log is not there, or where it has no such line. */
  readonly line?: string;
}

/**
 * Why a step failed. In cluster mode the step is only a client that waits: its log names the application, and the first container of that,
 * the driver, says why.
 * @returns undefined where the cluster keeps no logs
 */
export async function stepLog(deployed: Deployed, { clusterId, stepId }: EmrStep): Promise<StepLog | undefined> {
  const { Cluster } = await deployed.emr.send(new DescribeClusterCommand({ ClusterId: clusterId }));
  if (!Cluster?.LogUri) return undefined;
  // EMR writes the scheme as it did ten years ago.
  const folder = `${Cluster.LogUri.replace(/^s3n?:/, 's3:').replace(/\/$/, '')}/${clusterId}`;
  const uri = `${folder}/steps/${stepId}/stderr.gz`;
  const client = await logAt(deployed, uri);
  const application = client && /application_\d+_\d+/.exec(client)?.[0];
  if (!application) return { uri, ...lineOf(client) };
  const driver = await driverLog(deployed, `${folder}/containers/${application}/`);
  return driver ?? { uri };
}

async function driverLog(deployed: Deployed, folder: string): Promise<StepLog | undefined> {
  const { bucket, key } = location(folder)!;
  const { Contents = [] } = await deployed.s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: key }));
  const found = Contents.find(({ Key }) => Key?.endsWith('_000001/stderr.gz'))?.Key;
  if (!found) return undefined;
  const uri = `s3://${bucket}/${found}`;
  return { uri, ...lineOf(await logAt(deployed, uri)) };
}

function lineOf(log: string | undefined): { line?: string } {
  const line = log && reasonIn(log);
  return line ? { line } : {};
}

async function logAt(deployed: Deployed, uri: string): Promise<string | undefined> {
  const packed = await objectAt(deployed, uri);
  return packed && gunzipSync(packed).toString('utf8');
}

async function objectAt({ s3 }: Deployed, uri: string): Promise<Buffer | undefined> {
  const at = location(uri);
  if (!at) return undefined;
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: at.bucket, Key: at.key }));
    return Body && Buffer.from(await Body.transformToByteArray());
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

function location(uri: string): { bucket: string; key: string } | undefined {
  const [, bucket, key] = /^s3a?:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  return bucket && key ? { bucket, key } : undefined;
}

function parsed<T>(text: string | undefined): Partial<T> {
  try {
    return JSON.parse(text ?? '{}') as T;
  } catch {
    return {}; // AWS cuts long texts off
  }
}
