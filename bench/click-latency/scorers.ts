import { fork } from 'node:child_process';
import { join } from 'node:path';
import { Interrupted } from '../../lib/cli/failures.ts';
import { sparkSubmit } from '../../lib/local/spark.ts';
import { clicks } from '../../lib/pipelines/clicks.ts';
import { sparkArguments, stepsOf, type SparkStep } from '../../lib/pipelines/pipeline.ts';
import type { Stage } from './stage.ts';

/** Something that scores the impressions of the stage's topic. */
export interface Scorer {
  /** Topic of its predictions. */
  readonly topic: string;
  stop(): Promise<void>;
}

const step = stepsOf(clicks).find((each): each is SparkStep<{ seed: number }> => each.name === 'score')!;

/** Arguments of the step `score` as it runs where a cluster is always there, with a trigger of its own. @param result file */
export function scoreArguments(stage: Stage, trigger: string, result: string): string[] {
  return sparkArguments([...step.continuous!(stage.endpoints, clicks.defaults), '--trigger', trigger], result);
}

/** The step `score`, which goes on until it is stopped. Resolves once it scores. */
export async function startSpark(stage: Stage, trigger: string): Promise<Scorer> {
  const stopping = new AbortController();
  const log = join(stage.home.root, 'score.log');
  let ended: Promise<void> = Promise.resolve();
  await new Promise<void>((ready, failed) => {
    ended = sparkSubmit({
      home: stage.home,
      script: step.script,
      arguments: scoreArguments(stage, trigger, join(stage.home.root, 'score.json')),
      conf: step.conf,
      log,
      signal: stopping.signal,
      onProgress: ({ note }) => note?.startsWith('ready') && ready(),
    });
    ended.catch(failed);
  });
  return {
    topic: 'click-predictions',
    async stop() {
      stopping.abort();
      await ended.catch((error: unknown) => {
        if (!(error instanceof Interrupted)) throw error;
      });
    },
  };
}

/** The Lambda handler behind a poller, in a process of its own. Resolves once it polls. */
export async function startLambda(stage: Stage): Promise<Scorer> {
  const child = fork(join(import.meta.dirname, 'lambda.ts'), [stage.bootstrap, stage.models], { execArgv: ['--import', 'tsx'] });
  await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`the Lambda's process ended with ${code}`)));
  });
  return {
    topic: clicks.immediateScoring!.resultsTopic,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill();
      }),
  };
}
