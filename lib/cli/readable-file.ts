import type { Stats } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UsageError } from './failures.ts';

/** The absolute path of a file named by `option`. @throws UsageError where it cannot be read */
export async function readableFile(option: string, file: string): Promise<string> {
  const found = await readable(option, file, 'a file');
  if (!found.isFile()) throw new UsageError(`${option} must be a file, got a ${found.isDirectory() ? 'folder' : 'special file'}: ${file}`);
  return resolve(file);
}

/** The absolute path of a file or a folder named by `option`. @throws UsageError where it cannot be read */
export async function readablePath(option: string, path: string): Promise<string> {
  const found = await readable(option, path, 'a file or folder');
  if (!found.isFile() && !found.isDirectory()) throw new UsageError(`${option} must be a file or folder, got a special file: ${path}`);
  return resolve(path);
}

async function readable(option: string, path: string, what: string): Promise<Stats> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    const reason = found.code === 'ENOENT' ? 'a path where nothing is' : (found.code ?? found.message);
    throw new UsageError(`${option} must be ${what} that can be read, got ${reason}: ${path}`);
  }
  await access(path, constants.R_OK).catch(() => {
    throw new UsageError(`${option} must be ${what} that can be read, got one without permission: ${path}`);
  });
  return found;
}
