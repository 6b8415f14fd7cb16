/** An option is not what it may be: `<what> must be <allowed>, got <value>`. */
export class OptionError extends Error {}

export function requireInteger(what: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high)
    throw new OptionError(`${what} must be an integer from ${low} to ${high}, got ${value}`);
}

/** @param form What the name must match @param allowed The same in words */
export function requireFileName(what: string, value: string, form = /\.jsonl(\.gz)?$/, allowed = '.jsonl or .jsonl.gz'): void {
  if (!form.test(value)) throw new OptionError(`${what} must be a file name ending in ${allowed}, got ${JSON.stringify(value)}`);
}
