import { CfnDeletionPolicy, CfnResource, type Stack } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';

/** Paths, below `stack`, of the resources that stay when it is deleted. */
export function retained(stack: Stack): string[] {
  const resources = stack.node.findAll().filter((each): each is CfnResource => CfnResource.isCfnResource(each));
  return resources
    .filter(({ cfnOptions }) => ![undefined, CfnDeletionPolicy.DELETE].includes(cfnOptions.deletionPolicy))
    .map((each) => pathIn(stack, each))
    .sort();
}

export function pathIn(stack: Stack, { node }: IConstruct): string {
  return node.path.slice(stack.node.path.length + 1);
}
