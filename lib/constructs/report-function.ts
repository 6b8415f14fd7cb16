import { Construct } from 'constructs';
import type { Lake } from './lake.ts';
import { NodeFunction } from './node-function.ts';
import type { Warehouse } from './warehouse.ts';

export interface ReportFunctionProps {
  readonly lake: Lake;
  readonly warehouse: Warehouse;
}

/**
 * Writes a run's report to `reports/<pipeline>/` of the artifacts bucket: `latest.html`, and a copy named by when the run began.
 * Input: `{pipeline, execution, startedAt, replays?, staged?}`; output: `{latest, copy}`, S3 URIs.
 */
export class ReportFunction extends Construct {
  readonly function: NodeFunction;

  constructor(scope: Construct, id: string, { lake, warehouse }: ReportFunctionProps) {
    super(scope, id);
    this.function = new NodeFunction(this, 'Function', {
      source: 'render-report',
      description: 'Millrace: writes the report of a run',
      timeoutSeconds: 600,
      // Charts are drawn here: more memory is more processor.
      memoryMb: 1_024,
      files: ['lib/report', 'lib/warehouse'],
      environment: {
        WORKGROUP: warehouse.workgroupName,
        DATABASE: warehouse.databaseName,
        MODELS: lake.uris.models,
        RESULTS: lake.uris.results,
        REPORTS: lake.uris.reports,
      },
    });
    warehouse.grantQuery(this.function);
    lake.grantReadObjects(lake.tables, this.function.role!, 'models/');
    lake.grantReadObjects(lake.tables, this.function.role!, 'results/');
    lake.grantWriteObjects(lake.artifacts, this.function.role!, 'reports/');
  }
}
