import open from 'open';

/** Shows a report in the browser where there is one; a machine without a screen just has the path printed. */
export async function showReport(path: string): Promise<void> {
  const screen = process.platform !== 'linux' || process.env['DISPLAY'] !== undefined || process.env['WAYLAND_DISPLAY'] !== undefined;
  if (!process.stdout.isTTY || !screen) return;
  // A browser that does not come up is no failure: the path is printed.
  await open(path).catch(() => undefined);
}
