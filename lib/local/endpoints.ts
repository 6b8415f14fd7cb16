import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONTRACTS } from '../contracts/index.ts';
import { sparkContract } from '../contracts/render/spark.ts';
import type { Endpoints } from '../pipelines/pipeline.ts';
import type { Home } from './home.ts';

/** The addresses of this machine, as pipelines want them. */
export function localEndpoints(home: Home, brokers: string): Endpoints {
  return {
    brokers,
    kafkaOptions: {},
    database: 'lake.millrace',
    checkpoints: home.checkpoints(),
    models: home.models(),
    exports: home.exports(),
    staged: home.staged(),
    contract: (name) => contractFile(home, name),
  };
}

/** Renders every contract to the file that Spark steps read. */
export async function writeContracts(home: Home): Promise<void> {
  await mkdir(home.contracts(), { recursive: true });
  for (const each of CONTRACTS) await writeFile(contractFile(home, each.name), JSON.stringify(sparkContract(each), null, 2));
}

function contractFile(home: Home, name: string): string {
  return join(home.contracts(), `${name}.json`);
}
