import { runTasks, type RunTasksOptions, type Task } from '../cli/tasks.ts';
import { refusal } from './refusals.ts';

/** Runs tasks that call AWS: what AWS refuses because of who asks is told as that, not as the failure of a step. */
export function runDeployedTasks(tasks: readonly Task[], options: RunTasksOptions): Promise<void> {
  const told = tasks.map((task): Task => ({
    ...task,
    run: (onProgress) =>
      task.run(onProgress).catch((error: unknown) => {
        throw refusal(error);
      }),
  }));
  return runTasks(told, options);
}
