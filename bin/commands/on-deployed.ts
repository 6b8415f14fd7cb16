import type { Deployed } from '../../lib/deployed/aws.ts';

/** Opens the environment for `work`; what AWS refuses is told in one line. */
export async function onDeployed<T>(env: string, work: (deployed: Deployed) => Promise<T>): Promise<T> {
  const { openDeployed } = await import('../../lib/deployed/aws.ts');
  const { refusal } = await import('../../lib/deployed/refusals.ts');
  try {
    return await work(await openDeployed(env));
  } catch (error) {
    throw refusal(error);
  }
}

/** Fetches the newest report of a pipeline of an environment. @returns path of the file */
export async function deployedReport(env: string, pipeline?: string): Promise<string> {
  const { downloadReport } = await import('../../lib/deployed/commands/report.ts');
  return onDeployed(env, (deployed) => downloadReport(deployed, pipeline));
}
