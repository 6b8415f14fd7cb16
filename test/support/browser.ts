import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { chromium, type Browser } from 'playwright-core';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Starts a Chromium that came with `npm ci`: no browser, library or font of the machine is needed. The caller closes it.
 * The package carries NSS, NSPR and Expat, which a bare Debian lacks, and fonts; it unpacks them on Amazon Linux only, so it is told that it is there.
 */
export async function launchBrowser(): Promise<Browser> {
  const home = await unpacked();
  return chromium.launch({
    executablePath: join(home, 'chromium'),
    // The package's own switches are for one page in a Lambda function and turn web security off, which would blind these tests.
    args: ['--no-sandbox', '--use-angle=swiftshader', '--in-process-gpu', '--disable-dev-shm-usage', '--font-render-hinting=none'],
    env: { ...process.env, LD_LIBRARY_PATH: join(home, 'al2023', 'lib'), FONTCONFIG_PATH: join(home, 'fonts') },
  });
}

/** Unpacks Chromium once a version. A folder of its own, moved into place when whole: test files start at the same time. */
async function unpacked(): Promise<string> {
  const manifest = JSON.parse(await readFile(join(root, 'node_modules/@sparticuz/chromium/package.json'), 'utf8')) as { version: string };
  const home = join(root, 'node_modules/.cache', `chromium-${manifest.version}`);
  if (existsSync(home)) return home;
  await mkdir(dirname(home), { recursive: true });
  const partial = await mkdtemp(`${home}-`);
  const script = `import chromium from '@sparticuz/chromium'; await chromium.executablePath();`;
  const env = { TMPDIR: partial, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' };
  await execa(process.execPath, ['--input-type=module', '--eval', script], { cwd: root, env });
  await writeFile(join(partial, 'fonts', 'fonts.conf'), fontConfig(join(home, 'fonts')));
  await rename(partial, home).catch(async (error: unknown) => {
    await rm(partial, { recursive: true });
    if (!existsSync(home)) throw error;
  });
  return home;
}

/** The package's file names folders of a Lambda function. */
function fontConfig(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${folder}</dir><dir>/usr/share/fonts</dir><cachedir>${folder}-cache</cachedir></fontconfig>
`;
}
