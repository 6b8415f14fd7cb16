import { Template } from 'aws-cdk-lib/assertions';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { Stack, type CfnElement } from 'aws-cdk-lib/core';

export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

interface Located {
  readonly stack: Stack;
  readonly id: string;
}

/**
 * All that `role` of `stack` is allowed, as in the templates: inline policies, attached ones, and managed ones of this project,
 * those of other stacks too (their references are then the other template's). AWS's own managed policies: {@link awsPoliciesOf}.
 */
export function statementsOf(stack: Stack, role: IRole): Statement[] {
  const id = idOf(stack, role);
  const { Properties } = resourceOf({ stack, id });
  const inline = (Properties['Policies'] ?? []) as readonly { readonly PolicyDocument: { readonly Statement: Statement[] } }[];
  const attached = Object.values(resourcesOf(stack))
    .filter(({ Type }) => ['AWS::IAM::Policy', 'AWS::IAM::RolePolicy', 'AWS::IAM::ManagedPolicy'].includes(Type))
    .filter(({ Properties: { Roles, RoleName } }) => JSON.stringify([Roles, RoleName]).includes(JSON.stringify({ Ref: id })));
  const managed = managedPoliciesOf(stack, role).flatMap((arn) => located(stack, arn) ?? []);
  return [
    ...inline.flatMap(({ PolicyDocument }) => PolicyDocument.Statement),
    ...[...attached, ...managed.map(resourceOf)].flatMap((policy) => documentOf(policy).Statement),
  ];
}

/** Names of AWS's own managed policies that `role` has. */
export function awsPoliciesOf(stack: Stack, role: IRole): string[] {
  return managedPoliciesOf(stack, role)
    .map((arn) => JSON.stringify(arn))
    .flatMap((arn) => /:iam::aws:policy\/([\w./-]+)/.exec(arn)?.[1] ?? []);
}

/** Who may take `role` on: the statements of its trust policy. */
export function trustOf(stack: Stack, role: IRole): unknown {
  const { Properties } = resourceOf({ stack, id: idOf(stack, role) });
  return (Properties['AssumeRolePolicyDocument'] as { readonly Statement: unknown }).Statement;
}

function managedPoliciesOf(stack: Stack, role: IRole): readonly unknown[] {
  const { Properties } = resourceOf({ stack, id: idOf(stack, role) });
  return (Properties['ManagedPolicyArns'] ?? []) as readonly unknown[];
}

/** Where a reference in `stack` leads to: to a resource of its own, or by an export to one of another stack. */
function located(stack: Stack, reference: unknown): Located | undefined {
  const { Ref, 'Fn::ImportValue': imported } = reference as Record<string, unknown>;
  if (typeof Ref === 'string') return { stack, id: Ref };
  if (imported === undefined) return undefined;
  for (const other of stacksOf(stack)) {
    const outputs = Object.values(Template.fromStack(other).findOutputs('*')) as { Export?: { Name: unknown }; Value: unknown }[];
    const found = outputs.find(({ Export }) => Export && JSON.stringify(Export.Name) === JSON.stringify(imported));
    if (found) return located(other, found.Value);
  }
  throw new Error(`export must be one of the app's, got ${JSON.stringify(imported)}`);
}

function stacksOf(stack: Stack): Stack[] {
  return stack.node.root.node.findAll().filter((each): each is Stack => Stack.isStack(each));
}

function documentOf({ Properties }: Resource): { readonly Statement: Statement[] } {
  return Properties['PolicyDocument'] as { readonly Statement: Statement[] };
}

function resourceOf({ stack, id }: Located): Resource {
  const found = resourcesOf(stack)[id];
  if (!found) throw new Error(`${id} must be a resource of ${stack.stackName}, got none`);
  return found;
}

function resourcesOf(stack: Stack): Readonly<Record<string, Resource>> {
  return (Template.fromStack(stack).toJSON() as { Resources: Record<string, Resource> }).Resources;
}

function idOf(stack: Stack, role: IRole): string {
  return stack.getLogicalId(role.node.defaultChild as CfnElement);
}
