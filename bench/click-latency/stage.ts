import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureTopics, startBroker } from '../../lib/local/broker.ts';
import { localEndpoints, writeContracts } from '../../lib/local/endpoints.ts';
import { CHECKOUT, Home } from '../../lib/local/home.ts';
import { clicks } from '../../lib/pipelines/clicks.ts';
import type { Endpoints } from '../../lib/pipelines/pipeline.ts';
import { writeModel } from './model.ts';

/** A broker with the topics of the clicks pipeline and a model, in a folder that goes with it. */
export interface Stage {
  readonly home: Home;
  readonly bootstrap: string;
  readonly endpoints: Endpoints;
  /** Folder of the click models. */
  readonly models: string;
  /** Stops the broker and starts it again, at the same address. */
  restartBroker(): Promise<void>;
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-clicks-'));
  const home = new Home(folder);
  const start = () => startBroker({ dataDir: folder, jars: join(CHECKOUT, '.jars/kafka') });
  let broker = await start();
  await ensureTopics(broker.bootstrap, clicks.topics);
  await writeContracts(home);
  const endpoints = localEndpoints(home, broker.bootstrap);
  const models = join(endpoints.models, 'clicks');
  await writeModel(models);
  return {
    home,
    bootstrap: broker.bootstrap,
    endpoints,
    models,
    async restartBroker() {
      await broker.stop();
      broker = await start();
    },
    async close() {
      await broker.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
