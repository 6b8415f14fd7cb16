import { LAMBDA_NODE } from '../versions.ts';

/** How the code of functions is bundled by esbuild. Everything is in the bundle, the SDK too: what was tested is what runs. */
export const BUNDLE = { target: `node${LAMBDA_NODE}`, minify: true } as const;

/**
 * A module reads a file beside it as `new URL('a.sql', import.meta.url)`; CommonJS has no `import.meta`, so the bundle is given one,
 * and the folder's files are put beside the bundle, subfolders and all.
 */
export const BUNDLE_URL = {
  banner: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;",
  define: { 'import.meta.url': 'bundleUrl' },
} as const;

/** Copies the files of `folder` that are no code into `target`, by a shell. */
export function copyFiles(folder: string, target: string): string {
  return `tar -C "${folder}" --exclude='*.ts' --exclude='*.tsx' -cf - . | tar -C "${target}" -xf -`;
}
