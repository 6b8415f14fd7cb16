import { runTasks, type RunTasksOptions, type Task } from '../cli/tasks.ts';
import { refusal } from './refusals.ts';

/** Runs tasks that call AWS: what AWS refuses because of who asks is told as that, not as the failure of a step. */
export function runDeployedTasks(tasks: readonly (Task | readonly Task[])[], options: RunTasksOptions): Promise<void> {
  const told = (task: Task): Task => ({
    ...task,
    run: (onProgress) =>
      task.run(onProgress).catch((error: unknown) => {
        throw refusal(error);
      }),
  });
  return runTasks(
    tasks.map((task) => ('run' in task ? told(task) : task.map(told))),
    options,
  );
}
