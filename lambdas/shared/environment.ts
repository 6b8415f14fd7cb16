/** A setting that a function cannot do without. */
export function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`environment variable ${name} must be set, got nothing`);
  return value;
}
