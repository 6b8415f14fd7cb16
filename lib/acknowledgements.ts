import { Validations } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';

/** A finding of the checks that is as it should be: what, where, and why. */
export interface Acknowledgement {
  /** Path of the resource below the environment's stage. */
  readonly path: string;
  /** Ids of the findings, as the checks print them. */
  readonly findings: readonly string[];
  readonly reason: string;
}

/** All findings that are accepted. A new one fails the synthesis; one that no check finds any more fails a test. */
export const ACKNOWLEDGEMENTS: readonly Acknowledgement[] = [
  {
    path: 'network/Network/FunctionPolicy/Resource',
    findings: ['AwsSolutions::AwsSolutions-IAM5[Resource::*]'],
    reason: 'Network interfaces have no name before Lambda makes them, and their description takes no resource.',
  },
];

/** Tells the checks of an environment what is accepted in it. */
export function acknowledge(stage: IConstruct): void {
  for (const { path, findings, reason } of ACKNOWLEDGEMENTS) {
    const construct = findAt(stage, path);
    // What an environment does not have, such as a persistent cluster, needs no acknowledgement there.
    if (construct) Validations.of(construct).acknowledge(...findings.map((id) => ({ id, reason })));
  }
}

function findAt(stage: IConstruct, path: string): IConstruct | undefined {
  return path.split('/').reduce<IConstruct | undefined>((scope, id) => scope?.node.tryFindChild(id), stage);
}
