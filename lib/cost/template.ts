/** A CloudFormation template, as far as costs are counted in it. */
export interface Template {
  readonly Resources?: Readonly<Record<string, Resource>>;
}

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

export interface StackTemplate {
  readonly stack: string;
  readonly template: Template;
}

/** A whole number in a property; CloudFormation takes it as text as well. @throws where it is neither, such as a reference */
export function numberIn(properties: unknown, ...path: readonly string[]): number {
  const value = valueIn(properties, ...path);
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number !== 'number' || Number.isNaN(number))
    throw new Error(`${path.join('.')} must be a number, got ${JSON.stringify(value)}`);
  return number;
}

/** As {@link numberIn}, 0 where the property is left out. */
export function countIn(properties: unknown, ...path: readonly string[]): number {
  return valueIn(properties, ...path) === undefined ? 0 : numberIn(properties, ...path);
}

export function valueIn(properties: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], properties);
}

export function listIn(properties: unknown, ...path: readonly string[]): readonly unknown[] {
  const value = valueIn(properties, ...path);
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}
