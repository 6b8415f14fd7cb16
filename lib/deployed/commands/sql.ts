import { RedshiftDataClient } from '@aws-sdk/client-redshift-data';
import { openDataApi } from '../../../lambdas/shared/redshift.ts';
import { UsageError } from '../../cli/failures.ts';
import { printRows, type PrintOptions } from '../../cli/rows.ts';
import type { Deployed } from '../aws.ts';
import { output } from '../outputs.ts';
import { refusal } from '../refusals.ts';

/** Runs one statement on the warehouse, which computes all rows of it, and prints as many as asked for. */
export async function runWarehouseSql(
  deployed: Deployed,
  statement: string,
  options: PrintOptions,
  client: Pick<RedshiftDataClient, 'send'> = new RedshiftDataClient({ region: deployed.region }),
): Promise<void> {
  const workgroup = await output(deployed, 'warehouse', 'workgroup');
  const database = await output(deployed, 'warehouse', 'database');
  const rows = await openDataApi({ client, workgroup, database })
    .query(statement)
    .catch((error: unknown) => {
      const told = refusal(error);
      throw told instanceof UsageError ? told : new UsageError((error as Error).message);
    });
  printRows(rows, options);
}
