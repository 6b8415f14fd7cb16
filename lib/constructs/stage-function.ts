import { Construct } from 'constructs';
import { stepsOf, type Pipeline, type StageStep } from '../pipelines/pipeline.ts';
import type { Lake } from './lake.ts';
import { NodeFunction } from './node-function.ts';
import type { Warehouse } from './warehouse.ts';

export interface StageFunctionProps {
  readonly pipelines: readonly Pick<Pipeline<never>, 'name' | 'steps'>[];
  readonly lake: Lake;
  readonly warehouse: Warehouse;
}

/** A whole processor: files are unpacked, parsed, checked and packed all the time. */
const MEMORY_MB = 1_769;

/** Where files of a pipeline are put, to be staged. */
export function filesPrefix(pipeline: string): string {
  return `files/${pipeline}/`;
}

export function stageStepsOf({ steps }: Pick<Pipeline<never>, 'steps'>): StageStep[] {
  return stepsOf({ steps }).filter((step): step is StageStep => step.kind === 'stage');
}

/**
 * Stages the new files of a folder of the raw bucket for the warehouse and the lake. Input: `{dataset, from, soFar?}`; output: what was
 * done so far, and whether that is all.
 *
 * It has no concurrency of its own: a run calls it once for each data set.
 */
export class StageFunction extends Construct {
  readonly function: NodeFunction;

  constructor(scope: Construct, id: string, { pipelines, lake, warehouse }: StageFunctionProps) {
    super(scope, id);
    this.function = new NodeFunction(this, 'Function', {
      source: 'stage-files',
      description: 'Millrace: stages files for the warehouse and the lake',
      timeoutSeconds: 900,
      memoryMb: MEMORY_MB,
      files: ['lib/warehouse'],
      environment: { STAGED: lake.uris.staged, WORKGROUP: warehouse.workgroupName, DATABASE: warehouse.databaseName },
    });
    const role = this.function.role!;
    for (const pipeline of pipelines.filter((each) => stageStepsOf(each).length > 0)) {
      lake.grantReadObjects(lake.raw, role, filesPrefix(pipeline.name));
    }
    lake.grantWriteObjects(lake.tables, role, 'staged/');
    warehouse.grantQuery(this.function);
  }
}
