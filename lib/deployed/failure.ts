import { readableCause } from './cause.ts';
import type { ExecutionView } from './execution.ts';
import { failedState, type StateRun } from './history.ts';

/** Where and why an execution failed, as people are told. */
export interface ToldFailure {
  /** @default - the machine does not say */
  readonly step?: string;
  readonly reason: string;
  /** The state whose last try failed. @default - none: the machine itself says that something is wrong, such as a check that does not hold */
  readonly state?: StateRun;
}

/** @param states Where to look for the state that failed. @returns undefined where nothing has */
export function toldFailure({ states: all, failure }: ExecutionView, states = all): ToldFailure | undefined {
  const state = failedState(states);
  if (state?.failure) return { step: state.name, reason: readableCause(state.failure.cause) || state.failure.error, state };
  if (!failure) return undefined;
  // `step: error`, as its states make it.
  const [, step, error] = /^([\w-]+): (.*)$/s.exec(failure.error) ?? [];
  return { ...(step && { step }), reason: readableCause(failure.cause) || (error ?? failure.error) };
}
