import { CONTRACTS } from '../../contracts/index.ts';
import { tableDdl } from '../../contracts/render/ddl.ts';
import { glueColumns } from '../../contracts/render/glue.ts';
import { sparkContract } from '../../contracts/render/spark.ts';
import { UsageError } from '../../cli/failures.ts';

export const RENDERINGS = ['spark', 'glue', 'postgresql', 'redshift'] as const;
export type Rendering = (typeof RENDERINGS)[number];

/** A contract in one of its forms, as text. */
export function rendered(name: string, form: Rendering): string {
  const found = CONTRACTS.find((each) => each.name === name);
  if (!found) throw new UsageError(`contract must be one of ${CONTRACTS.map((each) => each.name).join(', ')}, got ${name}`);
  switch (form) {
    case 'spark':
      return JSON.stringify(sparkContract(found), null, 2);
    case 'glue':
      return JSON.stringify(glueColumns(found.fields), null, 2);
    case 'postgresql':
    case 'redshift':
      return `${tableDdl(form, 'millrace', found).join(';\n')};`;
  }
}
