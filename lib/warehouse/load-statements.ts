import type { Dataset } from '../contracts/dataset.ts';
import { copyExport, createStaging, refuseDuplicateKeys, replaceSlices } from './statements.ts';

export interface RedshiftExports {
  /** URI of the exports without a slash at its end, such as `s3://bucket/exports`: where `publish.py` wrote them. */
  readonly exports: string;
  /** ARN of the role that COPY reads them with. */
  readonly copyRole: string;
  readonly region: string;
}

/**
 * The load of a pipeline's exports on Redshift, to be run as one transaction (`batchExecuteStatement`): all exports are copied and checked,
 * then each slice they hold rows of is replaced. A load that fails changes nothing.
 */
export function loadStatements(datasets: readonly Dataset[], { exports, copyRole, region }: RedshiftExports): string[] {
  return [
    ...datasets.flatMap((dataset) => [
      createStaging(dataset),
      // Spark's files are named part-…; its `_SUCCESS` beside them is none.
      copyExport(dataset, { source: `${exports}/${dataset.name}/part-`, role: copyRole, region }),
      refuseDuplicateKeys(dataset),
    ]),
    ...datasets.flatMap(replaceSlices),
  ];
}
