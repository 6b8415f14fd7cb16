import type { SparkStep } from '../../pipelines/pipeline.ts';

/** Where the code of steps is: S3 URIs. */
export interface SparkParts {
  readonly script: (file: string) => string;
  readonly package: string;
  readonly jars: readonly string[];
  readonly pythonPackages: string;
}

/**
 * `cluster`: the driver runs on a core node, where YARN unpacks the Python packages for it.
 * `client`: the driver is a process of the step on the primary node, without them; cancelling the step ends it.
 */
export type DeployMode = 'cluster' | 'client';

/** Folder that YARN unpacks the Python packages to, in the working directory of driver and executors. */
const PACKAGES = 'packages';

/** A step of EMR that runs spark-submit. Arguments are a list: no shell reads them. */
export function sparkStep(
  name: string,
  step: Pick<SparkStep<never>, 'script' | 'conf'>,
  args: readonly string[],
  { parts, mode, actionOnFailure }: { parts: SparkParts; mode: DeployMode; actionOnFailure: 'CANCEL_AND_WAIT' | 'CONTINUE' },
): object {
  const conf = {
    'spark.yarn.appMasterEnv.PYTHONPATH': `./${PACKAGES}`,
    'spark.executorEnv.PYTHONPATH': `./${PACKAGES}`,
    // Who tries again is the state machine.
    'spark.yarn.maxAppAttempts': '1',
    ...step.conf,
  };
  const code = ['--py-files', parts.package, '--jars', parts.jars.join(','), '--archives', `${parts.pythonPackages}#${PACKAGES}`];
  const settings = Object.entries(conf).flatMap(([key, value]) => ['--conf', `${key}=${value}`]);
  return {
    Name: name,
    ActionOnFailure: actionOnFailure,
    HadoopJarStep: {
      Jar: 'command-runner.jar',
      Args: ['spark-submit', '--deploy-mode', mode, '--name', name, ...code, ...settings, parts.script(step.script), ...args],
    },
  };
}
